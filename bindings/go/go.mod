module htmlsession

go 1.24
