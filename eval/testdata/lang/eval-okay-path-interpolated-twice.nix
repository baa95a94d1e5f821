"${./tree/file}" == "${./tree/file}"
