using System.Text.Json;
using FlexCore.Domain.Errors;
using FlexCore.Server.Grpc.Rpc;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Status = FlexCore.Server.Grpc.Rpc.Status;

namespace FlexCore.Server.Grpc;

/// <summary>The status codes of gRPC that FlexCore answers with, by their numbers on the wire.</summary>
internal enum GrpcCode
{
    Ok = 0,
    Cancelled = 1,
    InvalidArgument = 3,
    DeadlineExceeded = 4,
    NotFound = 5,
    AlreadyExists = 6,
    PermissionDenied = 7,
    ResourceExhausted = 8,
    FailedPrecondition = 9,
    Aborted = 10,
    Unimplemented = 12,
    Internal = 13,
    Unavailable = 14,
    DataLoss = 15,
    Unauthenticated = 16,
}

/// <summary>How a call has ended.</summary>
/// <param name="Code">The status code.</param>
/// <param name="Message">For people; empty where all is well.</param>
/// <param name="Errors">The reasons that have a code of FlexCore.</param>
internal sealed record GrpcStatus(GrpcCode Code, string Message, IReadOnlyList<Error> Errors)
{
    /// <summary>All is well.</summary>
    public static GrpcStatus Ok { get; } = new(GrpcCode.Ok, "", []);

    /// <summary>What the protocol itself objects to.</summary>
    public static GrpcStatus Of(GrpcCode code, string message) => new(code, message, []);

    /// <summary>Why it was not done; the first reason says the code.</summary>
    public static GrpcStatus Of(IReadOnlyList<Error> errors) => new(GrpcErrors.CodeOf(errors[0].Code), errors[0].Message, errors);
}

/// <summary>What the protocol itself objects to, on the way out to <see cref="GrpcEndpoint"/>.</summary>
internal sealed class GrpcException(GrpcCode code, string message) : Exception(message)
{
    /// <summary>What the caller is told.</summary>
    public GrpcStatus Status { get; } = GrpcStatus.Of(code, message);
}

/// <summary>Errors as statuses of gRPC: the one table.</summary>
internal static class GrpcErrors
{
    private const string Domain = "flexcore";

    private static readonly Dictionary<ErrorCode, GrpcCode> Special = new()
    {
        [ErrorCodes.NotFound] = GrpcCode.NotFound,
        [ErrorCodes.PipelineNotStartable] = GrpcCode.FailedPrecondition,
        [ErrorCodes.VersionConflict] = GrpcCode.Aborted,
        [ErrorCodes.RequestTooLarge] = GrpcCode.ResourceExhausted,
        [ErrorCodes.WebhookRefused] = GrpcCode.Unauthenticated,
        [ErrorCodes.TokenRefused] = GrpcCode.Unauthenticated,
        [ErrorCodes.TooManyRequests] = GrpcCode.ResourceExhausted,
        [ErrorCodes.IdempotencyKeyUsed] = GrpcCode.FailedPrecondition,
        [ErrorCodes.RequestUnderWay] = GrpcCode.Aborted,
        [ErrorCodes.StateMoved] = GrpcCode.Aborted,
        [ErrorCodes.PipelineMoved] = GrpcCode.Aborted,
        [ErrorCodes.CatalogMoved] = GrpcCode.Aborted,
        [ErrorCodes.AlreadyExists] = GrpcCode.AlreadyExists,
        [ErrorCodes.RunEnded] = GrpcCode.FailedPrecondition,
        [ErrorCodes.RunNotEnded] = GrpcCode.FailedPrecondition,
    };

    /// <summary>The status code of an error.</summary>
    public static GrpcCode CodeOf(ErrorCode code) => Special.TryGetValue(code, out var special)
        ? special
        : code.Class switch
        {
            ErrorClass.Input => GrpcCode.InvalidArgument,
            ErrorClass.Plugin => GrpcCode.FailedPrecondition,
            ErrorClass.Store => GrpcCode.Unavailable,
            ErrorClass.Coordination => code.IsTransient ? GrpcCode.Unavailable : GrpcCode.Aborted,
            ErrorClass.External => GrpcCode.Unavailable,
            ErrorClass.Access => GrpcCode.PermissionDenied,
            ErrorClass.Integrity => GrpcCode.DataLoss,
            _ => GrpcCode.Internal,
        };

    /// <summary>The name of a status code, as the protocol writes it.</summary>
    public static string NameOf(GrpcCode code) => JsonNamingPolicy.SnakeCaseUpper.ConvertName(code.ToString());

    /// <summary>What <c>grpc-status-details-bin</c> says: an ErrorInfo for each reason.</summary>
    public static byte[] Details(GrpcStatus status, string correlationId)
    {
        var details = new Status { Code = (int)status.Code, Message = status.Message };
        foreach (var error in status.Errors)
        {
            var info = new ErrorInfo { Reason = error.Code.Id, Domain = Domain };
            info.Metadata.Add("message", error.Message);
            info.Metadata.Add("remedy", error.Remedy);
            info.Metadata.Add("correlation_id", correlationId);
            details.Details.Add(Any.Pack(info));
        }

        return details.ToByteArray();
    }

    /// <summary>The reasons that such details name.</summary>
    public static IReadOnlyList<Error> Read(byte[] details) =>
        [.. Status.Parser.ParseFrom(details).Details.Select(detail => detail.Unpack<ErrorInfo>()).Select(info => new Error(ErrorCodes.Find(info.Reason), info.Metadata["message"], SpecificRemedy: info.Metadata["remedy"]))];
}
