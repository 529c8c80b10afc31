"""`portico preview` shows every page in every state with an operator's settings, before anybody signs in."""
