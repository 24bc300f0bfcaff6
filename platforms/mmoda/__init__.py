"""MMODA: products of archives and instruments, computed by a dispatcher somewhere else."""
