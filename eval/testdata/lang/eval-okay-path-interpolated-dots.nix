let up = ".."; in [ /a/b/${up}/c /a/${up} /${up} ]
