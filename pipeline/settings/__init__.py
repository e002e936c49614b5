"""weekly.toml and the environment, read and typed; `load.read_settings` is the one reader."""
