"""Clients that are not Microsoft's: python3-qpid-proton, and what a hostile one may do."""

import socket
import struct
import uuid

import pytest

from proton import Message
from proton.utils import BlockingConnection, LinkDetached

from namespace_rig import Namespace
from rig import Rig


@pytest.fixture(scope="module")
def namespace(tmp_path_factory):
    with Rig(tmp_path_factory.mktemp("plain")) as rig:
        yield Namespace(rig)


def connect(namespace, mechanism="ANONYMOUS", **options):
    return BlockingConnection(
        f"amqp://127.0.0.1:{namespace.port}", timeout=20, allowed_mechs=mechanism, **options)


@pytest.mark.parametrize("login", [{"mechanism": "ANONYMOUS"},
                                   {"mechanism": "PLAIN", "user": "rule", "password": "key"}])
def test_proton_sends_and_reads_a_name_in_the_order_of_arrival(namespace, login):
    name = f"plain-{uuid.uuid4().hex[:8]}"
    connection = connect(namespace, **login)
    sender = connection.create_sender(name)
    for number in range(50):
        message = Message(f"{number}")
        message.annotations = {"x-opt-partition-key": f"k{number % 5}"}
        sender.send(message)
    # Reading takes nothing away.
    for _ in range(2):
        receiver = connection.create_receiver(name, credit=10)
        got = []
        for _ in range(50):
            message = receiver.receive(timeout=10)
            got.append(message.body)
            receiver.accept()
        assert got == [f"{number}" for number in range(50)]
        receiver.close()
    receiver = connection.create_receiver(f"{name}/ConsumerGroups/$Default/Partitions/0", credit=100)
    first = receiver.receive(timeout=10)
    assert first.annotations["x-opt-sequence-number"] == 0 and first.annotations["x-opt-offset"] == "0"
    connection.close()


def test_refusals_have_a_condition(namespace):
    connection = connect(namespace)
    for address in ["hub/ConsumerGroups/$Default/Partitions/99", "hub/Partitions/1"]:
        with pytest.raises(LinkDetached):
            connection.create_receiver(address)
    connection.close()


@pytest.mark.parametrize("rubbish", [
    b"GET / HTTP/1.1\r\n\r\n", b"\x00" * 64, b"AMQP\x00\x01\x00\x00" + struct.pack(">IBBH", 0x7FFFFFFF, 2, 0, 0),
    b"AMQP\x00\x01\x00\x00" + struct.pack(">IBBH", 12, 2, 0, 0) + b"\x00\x53\x99\x45", b"AMQP\x03\x01"])
def test_rubbish_costs_its_own_connection_only(namespace, rubbish):
    good = connect(namespace)
    sender = good.create_sender("steady")
    with socket.create_connection(("127.0.0.1", namespace.port), timeout=20) as bad:
        bad.sendall(rubbish)
        bad.shutdown(socket.SHUT_WR)
        while bad.recv(4096):
            pass
    sender.send(Message("still here"))
    good.close()
    assert namespace.child.returncode() is None


def test_links_without_end_are_refused_and_others_go_on(namespace):
    good, greedy = connect(namespace), connect(namespace)
    sender = good.create_sender("steady")
    made = 0
    with pytest.raises(LinkDetached):
        for number in range(1100):
            greedy.create_sender("many", name=f"link-{number}")
            made += 1
    assert made == 1000
    sender.send(Message("still here"))
    for connection in (good, greedy):
        connection.close()
