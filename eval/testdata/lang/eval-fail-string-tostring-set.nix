toString ({ })
