"""What can go wrong with a stack."""


class StackError(Exception):
    """Why the stack cannot run, in one line for people."""
