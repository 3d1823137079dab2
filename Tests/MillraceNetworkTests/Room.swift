// Tests of MillraceNetwork.
