"""Two users talk through a stock python-socketio.

    python conversation.py <websocket|polling|upgrade>

Prints one line for each thing that a chat needs; `conversation.mjs` prints the same.
"""

import os
import queue
import sys

import socketio

way = sys.argv[1]
base_url = os.environ["BASE_URL"]
channel_id = os.environ["CHANNEL_ID"]
transports = {"websocket": ["websocket"], "polling": ["polling"], "upgrade": None}[way]


class Client:
    """A client that keeps what it hears, by event."""

    def __init__(self):
        self.client = socketio.Client(reconnection=False)
        self.heard = {}
        for event in ["message.new", "typing.start", "presence.changed", "connect_error"]:
            self.heard[event] = queue.Queue()
            self.client.on(event, self.heard[event].put)

    def connect(self, auth):
        self.client.connect(base_url, auth=auth, transports=transports, wait_timeout=10)
        return self

    def next(self, event):
        return self.heard[event].get(timeout=10)


for auth in [{}, {"token": "garbage"}]:
    refused = Client()
    try:
        refused.connect(auth)
        sys.exit("was not refused")
    except socketio.exceptions.ConnectionError:
        print("refused:", refused.next("connect_error")["message"])

bob = Client().connect({"token": os.environ["BOB_TOKEN"]})
alice = Client().connect({"token": os.environ["ALICE_TOKEN"]})
presence = bob.next("presence.changed")
print("presence:", presence["externalId"], presence["status"])

for text in ["one", "two"]:
    ack = alice.client.call("message.send", {"channelId": channel_id, "text": text}, timeout=10)
    print("acked:", ack["message"]["text"])
    for client in [alice, bob]:
        message = client.next("message.new")
        same = "true" if message["id"] == ack["message"]["id"] else "false"
        print("heard:", message["user"]["external_id"], message["text"], same)
print("transport:", alice.client.transport())

alice.client.emit("typing.start", {"channelId": channel_id})
print("typing:", bob.next("typing.start")["externalId"])

nowhere = {"channelId": "00000000-0000-7000-8000-000000000000", "text": "hello"}
print("error:", alice.client.call("message.send", nowhere, timeout=10)["error"])

alice.client.disconnect()
absence = bob.next("presence.changed")
print("presence:", absence["externalId"], absence["status"])
bob.client.disconnect()
