"the default of a folder"
