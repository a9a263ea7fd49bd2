"""Ways out by network. Nothing is sent: where there is a route, connecting a datagram socket shows it."""

import array
import fcntl
import socket
import struct

from attempt import NAMESPACE, Blocked, found, probe, reaches_kernel


def connect(family, address):
    with socket.socket(family, socket.SOCK_STREAM) as client:
        client.settimeout(5)
        client.connect(address)
    return "connected"


def route_to(address):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.connect((address, 53))
        return client.getsockname()[0]


@probe()
def connect_to_a_service_of_the_host(target):
    return connect(socket.AF_INET, ("127.0.0.1", target.port))


@probe()
def reach_the_metadata_of_a_cloud(_):
    return route_to("169.254.169.254")


@probe()
def reach_the_internet(_):
    return route_to("192.0.2.1")


@probe()
def resolve_a_name(_):
    try:
        return found(socket.getaddrinfo("name.flexcore.test", 80))
    except socket.gaierror as error:
        raise Blocked(error.strerror) from None


@probe()
def connect_to_an_abstract_socket(target):
    return connect(socket.AF_UNIX, "\0" + target.abstract_socket)


@probe()
def connect_to_a_socket_of_the_host(target):
    return connect(socket.AF_UNIX, target.socket)


@probe()
def list_the_connections_of_the_host(target):
    with open("/proc/net/tcp", encoding="ascii") as file:
        return found([line for line in file if f":{target.port:04X} " in line])


@probe()
def list_the_sockets_of_the_host(target):
    with open("/proc/net/unix", encoding="utf-8", errors="replace") as file:
        return found([line for line in file if target.abstract_socket in line])


def filtered_socket(family, kind, protocol):
    return reaches_kernel("socket", family, kind, protocol)


@probe()
def reach_the_hypervisor(_):
    """AF_VSOCK is in no network namespace."""
    return filtered_socket(40, socket.SOCK_STREAM, 0)


@probe()
def use_the_cryptography_of_the_kernel(_):
    return filtered_socket(38, socket.SOCK_SEQPACKET, 0)


@probe()
def listen_to_all_packets(_):
    return filtered_socket(17, socket.SOCK_RAW, 0x0300)


@probe()
def talk_to_the_audit_system(_):
    return filtered_socket(16, socket.SOCK_RAW, 9)


@probe()
def talk_to_the_firewall(_):
    return filtered_socket(16, socket.SOCK_RAW, 12)


@probe()
def use_bluetooth(_):
    return filtered_socket(31, socket.SOCK_RAW, 1)


@probe(NAMESPACE)
def send_raw_packets(_):
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP):
        return "made"


@probe(NAMESPACE)
def configure_an_interface(_):
    set_address = 0x8916
    request = array.array("B", struct.pack("16sH2s4s8x", b"lo:9", socket.AF_INET, b"\0\0", socket.inet_aton("127.9.9.9")))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, set_address, request)
    return "configured"
