using Confluent.Kafka;
using FlexCore.Infrastructure.Clients;
using Microsoft.Extensions.Logging;

namespace FlexCore.Infrastructure.Kafka;

/// <summary>
/// What the driver tells beside its answers. It tries again by itself whatever goes wrong with a connection, so an operation learns only that its time is over; why that is so stands here.
/// </summary>
internal sealed partial class KafkaFaults(string client, ILogger log)
{
    private readonly Lock _gate = new();
    private TaskCompletionSource<Error> _away = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile Error? _last;

    /// <summary>Ends when no broker can be reached from now on, or none lets us in.</summary>
    public Task<Error> ExpectAway()
    {
        lock (_gate)
        {
            if (_away.Task.IsCompleted) _away = new TaskCompletionSource<Error>(TaskCreationOptions.RunContinuationsAsynchronously);
            return _away.Task;
        }
    }

    /// <summary>A broker has answered.</summary>
    public void Clear()
    {
        if (_last is not null) _last = null;
    }

    public void Note(Error error)
    {
        if (error.Code is not (ErrorCode.Local_AllBrokersDown or ErrorCode.Local_Transport or ErrorCode.Local_Resolve or ErrorCode.Local_Authentication or ErrorCode.Local_Ssl)) return;

        // Who is refused is cut off, too, which says less.
        if (_last?.Code is not (ErrorCode.Local_Authentication or ErrorCode.Local_Ssl)) _last = error;
        if (error.Code is not (ErrorCode.Local_AllBrokersDown or ErrorCode.Local_Authentication)) return;
        lock (_gate) _away.TrySetResult(_last ?? error);
    }

    public void Note(LogMessage message)
    {
        // Debug: what matters of it comes back as the failure of an operation.
        if (log.IsEnabled(LogLevel.Debug)) LogDriver(log, client, message.Message);
    }

    /// <summary>What a failure of the driver means.</summary>
    public CallFailure Understand(KafkaException failure) => KindOf(failure.Error.Code) switch
    {
        FailureKind.Timeout when _last is { } why => new CallFailure(KindOf(why.Code), why.Reason),
        var kind => new CallFailure(kind, failure.Error.Reason),
    };

    private static FailureKind KindOf(ErrorCode code) => code switch
    {
        ErrorCode.Local_Transport or ErrorCode.Local_AllBrokersDown or ErrorCode.Local_Resolve or ErrorCode.Local_Ssl or ErrorCode.Local_UnknownBroker
            or ErrorCode.BrokerNotAvailable or ErrorCode.NetworkException => FailureKind.Unreachable,
        ErrorCode.Local_TimedOut or ErrorCode.Local_MsgTimedOut or ErrorCode.Local_TimedOutQueue or ErrorCode.RequestTimedOut => FailureKind.Timeout,
        ErrorCode.Local_Authentication or ErrorCode.SaslAuthenticationFailed or ErrorCode.UnsupportedSaslMechanism or ErrorCode.IllegalSaslState or ErrorCode.TopicAuthorizationFailed
            or ErrorCode.GroupAuthorizationFailed or ErrorCode.ClusterAuthorizationFailed or ErrorCode.TransactionalIdAuthorizationFailed => FailureKind.AccessRefused,
        ErrorCode.Local_QueueFull or ErrorCode.Local_Retry or ErrorCode.LeaderNotAvailable or ErrorCode.NotLeaderForPartition or ErrorCode.ReplicaNotAvailable or ErrorCode.NotEnoughReplicas
            or ErrorCode.NotEnoughReplicasAfterAppend or ErrorCode.GroupLoadInProgress or ErrorCode.GroupCoordinatorNotAvailable or ErrorCode.NotCoordinatorForGroup
            or ErrorCode.RebalanceInProgress or ErrorCode.KafkaStorageError or ErrorCode.ThrottlingQuotaExceeded => FailureKind.Busy,
        ErrorCode.Local_Fenced or ErrorCode.Local_Conflict or ErrorCode.ProducerFenced or ErrorCode.InvalidProducerEpoch or ErrorCode.ConcurrentTransactions
            or ErrorCode.TransactionCoordinatorFenced or ErrorCode.TopicAlreadyExists => FailureKind.Conflict,
        _ => FailureKind.RequestRefused,
    };

    [LoggerMessage(EventId = 320, EventName = "KafkaDriver", Level = LogLevel.Debug, Message = "{Component}: librdkafka: {Text}", SkipEnabledCheck = true)]
    private static partial void LogDriver(ILogger log, string component, string text);
}
