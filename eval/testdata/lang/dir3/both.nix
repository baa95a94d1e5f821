"both from 3"
