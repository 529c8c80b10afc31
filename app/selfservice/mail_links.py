"""The verification page of a link that a hook has mailed, made usable.

Kratos puts the button of codes there, which it answers with an error, and its own button twice, leaves the field for
the address empty and says nothing (selfservice/hook/verification.go of v26.2.0).
"""

from __future__ import annotations

from dataclasses import replace

from app.ory.models import Flow, Message, Node

_SENT = Message(1080001, "", "info")  # Kratos' own "verification link sent", which has words of ours


def usable(flow: Flow) -> Flow:
    """The flow with the address in its field, one button that sends the link again, and word of the link."""
    ways = [node for node in flow.nodes if node.name == "method" and node.attributes.get("value") == "link"]
    code = next((node for node in flow.nodes if node.group == "code" and node.name == "email"), None)
    if not ways or code is None:
        return flow
    address = code.attributes.get("value")

    def made(node: Node) -> Node:
        if node is ways[0]:
            return replace(node, label=code.label)
        if node.name == "email" and not node.attributes.get("value"):
            return replace(node, attributes={**node.attributes, "value": address})
        return node

    kept = (made(node) for node in flow.nodes if node is not code and all(node is not way for way in ways[1:]))
    return replace(flow, nodes=tuple(kept), messages=flow.messages or (_SENT,))
