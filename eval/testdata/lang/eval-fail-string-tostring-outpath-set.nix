toString ({ outPath = { }; })
