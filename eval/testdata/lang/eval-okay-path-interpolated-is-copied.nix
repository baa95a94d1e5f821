map (p: "${p}") [ ./tree/file ./tree/script ./tree/link ./tree/dangling ./tree/folder ./tree/empty ./tree/folder/deep ./tree/binary ]
