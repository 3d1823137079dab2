// Tests of MillraceServer.
