# a comment, then nothing
