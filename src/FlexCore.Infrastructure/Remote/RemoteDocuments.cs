using System.Text.Json;
using System.Text.Json.Serialization;

namespace FlexCore.Infrastructure.Remote;

/// <summary>What is sent to have a plugin run: <c>POST /api/v1/plugins/NAME/execute</c>.</summary>
internal sealed record RemoteStart(JsonElement Input, IReadOnlyList<string> Args);

/// <summary>The answer to that.</summary>
internal sealed record RemoteStarted(Guid RunId);

/// <summary>What is read of a run; there may be more.</summary>
internal sealed record RemoteRunDocument(Guid RunId, string Status, RemoteIsolation Isolation, IReadOnlyList<RemoteStep> Steps, string? Reason = null);

/// <summary>What keeps plugins apart from the machine.</summary>
internal sealed record RemoteIsolation(string Level);

/// <summary>A step of a run: a plugin by itself is one.</summary>
internal sealed record RemoteStep(IReadOnlyList<RemoteProcess> Plugins, RemoteError? Error = null, JsonElement? Output = null);

/// <summary>Why a step failed.</summary>
internal sealed record RemoteError(string Code, string? Message = null);

/// <summary>How the plugin ended.</summary>
internal sealed record RemoteProcess(string Outcome, int? ExitCode = null, long CpuMs = 0, long PeakMemoryBytes = 0);

/// <summary>A page of what a run has said.</summary>
internal sealed record RemoteLog(IReadOnlyList<RemoteLine> Items);

/// <summary>A line of it.</summary>
internal sealed record RemoteLine(string Message);

/// <summary>A wish to end a run.</summary>
internal sealed record RemoteCancel(string Reason);

/// <summary>What a problem document says (RFC 9457), and the code in it.</summary>
internal sealed record RemoteProblem(string? Code = null, string? Title = null, string? Detail = null);

/// <summary>The JSON of the REST API.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, RespectRequiredConstructorParameters = true, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(RemoteStart))]
[JsonSerializable(typeof(RemoteStarted))]
[JsonSerializable(typeof(RemoteRunDocument))]
[JsonSerializable(typeof(RemoteLog))]
[JsonSerializable(typeof(RemoteCancel))]
[JsonSerializable(typeof(RemoteProblem))]
internal sealed partial class RemoteJson : JsonSerializerContext;
