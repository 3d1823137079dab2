// Tests of MillraceClient.
