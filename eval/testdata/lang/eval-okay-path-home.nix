[ ~/x ~/.config/nix (~/a + "/b") ]
