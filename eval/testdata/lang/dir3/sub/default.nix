"sub of 3"
