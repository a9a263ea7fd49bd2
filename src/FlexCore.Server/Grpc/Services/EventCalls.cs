using FlexCore.Application.Monitoring;
using FlexCore.Application.Ports;
using FlexCore.Server.Grpc.V1;
using Google.Protobuf.Reflection;

namespace FlexCore.Server.Grpc.Services;

/// <summary><c>flexcore.v1.EventService</c>.</summary>
internal static class EventCalls
{
    /// <summary>Makes the service.</summary>
    public static GrpcService Create() => new GrpcService(EventServiceReflection.Descriptor.FindTypeByName<ServiceDescriptor>("EventService"))
        .One<ListEventsRequest, ListEventsResponse>("List", ListAsync);

    /// <summary>An event.</summary>
    public static Event Describe(StoredEvent stored) => new()
    {
        Position = stored.Position, Stream = stored.Stream, Version = stored.Version, Id = stored.Id.ToString(), Type = stored.Type, At = Wire.At(stored.At), DataJson = Wire.Json(stored.Data),
        MetadataJson = Wire.Json(stored.Metadata),
    };

    private static async Task<ListEventsResponse> ListAsync(ListEventsRequest request, GrpcCall call)
    {
        var most = Wire.PageSize(request.PageSize);
        var found = await call.AskAsync(new ListEvents(new EventQuery(
            Wire.Place("after_position", request.AfterPosition), most + 1, request.HasStream ? request.Stream : null, request.HasCategory ? request.Category : null, request.HasType ? request.Type : null)));
        var answer = new ListEventsResponse { Events = { found.Take(most).Select(Describe) } };
        if (found.Count > most) answer.NextAfterPosition = found[most - 1].Position;
        return answer;
    }
}
