print("twinroute")
