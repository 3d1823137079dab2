// Tests of ClientInterop.
