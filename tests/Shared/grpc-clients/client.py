# A client of gRPC that knows nothing but reflection: python3 client.py ADDRESS TOKEN. Starts a run, watches it to its end, asks for what is not there.
import json
import sys

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory

address, token = sys.argv[1:]
metadata = (("authorization", f"Bearer {token}"),)
channel = grpc.insecure_channel(address)
pool = descriptor_pool.DescriptorPool()


def fields(data):
    """The fields of a message by hand: the answers of reflection come before there are descriptors."""
    place = 0

    def varint():
        nonlocal place
        value = shift = 0
        while True:
            octet = data[place]
            place += 1
            value |= (octet & 127) << shift
            shift += 7
            if not octet & 128:
                return value

    while place < len(data):
        tag = varint()
        if tag & 7 == 0:
            yield tag >> 3, varint()
        else:
            length = varint()
            yield tag >> 3, data[place:place + length]
            place += length


def reflect(number, text):
    request = bytes([number << 3 | 2, len(text)]) + text.encode()
    call = channel.stream_stream("/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo")
    return dict(fields(next(call(iter([request]), metadata=metadata, timeout=30))))


known = set()
services = [dict(fields(service))[1].decode() for _, service in fields(reflect(7, "*")[6])]
files = {}
for service in services:
    for _, data in fields(reflect(4, service)[4]):
        file = descriptor_pb2.FileDescriptorProto.FromString(data)
        files[file.name] = file


def add(name):
    if name in known:
        return
    known.add(name)
    for dependency in files[name].dependency:
        add(dependency)
    pool.Add(files[name])


for name in files:
    add(name)


def call(service, method, message, **options):
    found = pool.FindServiceByName(service).FindMethodByName(method)
    factory = message_factory.MessageFactory(pool)
    request, answer = factory.GetPrototype(found.input_type), factory.GetPrototype(found.output_type)
    streams = service.endswith("RunService") and method == "Watch"
    make = channel.unary_stream if streams else channel.unary_unary
    ask = make(f"/{service}/{method}", request_serializer=request.SerializeToString, response_deserializer=answer.FromString)
    return ask(request(**message), metadata=metadata, timeout=options.get("timeout", 30))


run = call("flexcore.v1.RunService", "Start", {"pipeline": "one"}).run_id
events = [event.type for event in call("flexcore.v1.RunService", "Watch", {"run_id": run})]
shown = json_format.MessageToDict(call("flexcore.v1.RunService", "Get", {"run": run}), preserving_proto_field_name=True)
try:
    call("flexcore.v1.PipelineService", "Get", {"name": "nobody"})
    refused = None
except grpc.RpcError as error:
    details = dict(error.trailing_metadata())["grpc-status-details-bin"]
    refused = {"code": error.code().name, "message": error.details(), "has_reason": b"FX" in details}
waiting = call("flexcore.v1.RunService", "Start", {"pipeline": "waiting"}).run_id
try:
    list(call("flexcore.v1.RunService", "Watch", {"run_id": waiting}, timeout=1))
    late = None
except grpc.RpcError as error:
    late = error.code().name
call("flexcore.v1.RunService", "Cancel", {"run_id": waiting})
print(json.dumps({"services": services, "events": events, "status": shown["status"], "refused": refused, "late": late}))
