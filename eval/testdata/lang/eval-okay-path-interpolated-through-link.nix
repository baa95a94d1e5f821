map (p: "${p}") [ ./tree/folder-link/deep ./tree/folder/deep ]
