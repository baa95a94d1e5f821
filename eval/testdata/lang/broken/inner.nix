{ name }:
name
