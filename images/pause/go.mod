module kecs.local/pause

go 1.24.0
