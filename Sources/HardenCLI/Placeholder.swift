import HostState
