"both from 4"
