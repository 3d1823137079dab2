// Tests of MillraceProtocol.
