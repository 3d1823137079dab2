// The command line `millrace`.
