"${./tree/x.drv}"
