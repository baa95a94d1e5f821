map (a: builtins.hashFile a ./tree/file) [ "md5" "sha1" "sha256" "sha512" ]
