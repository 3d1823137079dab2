// Tests of MillraceCommand.
