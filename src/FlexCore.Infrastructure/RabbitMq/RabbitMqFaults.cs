using System.Security.Authentication;
using FlexCore.Infrastructure.Clients;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace FlexCore.Infrastructure.RabbitMq;

/// <summary>What failures of the driver mean.</summary>
internal static class RabbitMqFaults
{
    /// <summary>Understands a failure; null where it is none of the driver's.</summary>
    public static CallFailure? Understand(Exception failure, string hosts) => failure switch
    {
        BrokerUnreachableException unreachable => OfConnecting(unreachable, hosts),
        OperationInterruptedException interrupted => interrupted.ShutdownReason is { } reason
            ? new CallFailure(KindOf(reason.ReplyCode), $"{reason.ReplyText} ({reason.ReplyCode})")
            : new CallFailure(FailureKind.Unreachable, $"the connection to {hosts} broke"),
        PublishReturnException returned => new CallFailure(FailureKind.RequestRefused, $"no queue takes what was published to '{returned.Exchange}' as '{returned.RoutingKey}' ({returned.ReplyText})"),
        PublishException => new CallFailure(FailureKind.Busy, "the server does not take the message now"),
        ChannelAllocationException => new CallFailure(FailureKind.Busy, "there are too many channels"),
        TimeoutException => new CallFailure(FailureKind.Timeout, "no answer in time"),
        RabbitMQClientException other => new CallFailure(FailureKind.Unreachable, other.Message),
        IOException or ObjectDisposedException { ObjectName: not nameof(RabbitMqClient) } => new CallFailure(FailureKind.Unreachable, $"the connection to {hosts} broke"),
        _ => null,
    };

    /// <summary>Whether a failure says that an exchange or a queue is not there.</summary>
    public static bool IsMissing(Exception? failure) => failure is OperationInterruptedException { ShutdownReason.ReplyCode: Constants.NotFound };

    // What all attempts at all nodes say, the one that explains most first.
    private static CallFailure OfConnecting(BrokerUnreachableException failure, string hosts)
    {
        Exception[] causes = [.. CausesOf(failure)];
        if (causes.Any(cause => cause is AuthenticationFailureException or PossibleAuthenticationFailureException)) return new CallFailure(FailureKind.AccessRefused, "the server does not take the credentials");
        if (causes.OfType<OperationInterruptedException>().FirstOrDefault(refused => refused.ShutdownReason is { ReplyCode: Constants.NotAllowed }) is { } notAllowed) return new CallFailure(FailureKind.AccessRefused, notAllowed.ShutdownReason!.ReplyText);
        if (causes.OfType<AuthenticationException>().FirstOrDefault() is { } untrusted) return new CallFailure(FailureKind.Unreachable, untrusted.Message);
        return new CallFailure(FailureKind.Unreachable, $"no connection to {hosts} ({causes[^1].Message})");
    }

    private static IEnumerable<Exception> CausesOf(Exception failure)
    {
        yield return failure;
        Exception?[] inner = failure is AggregateException several ? [.. several.InnerExceptions] : [failure.InnerException];
        foreach (var cause in inner.OfType<Exception>().SelectMany(CausesOf)) yield return cause;
    }

    /// <summary>The reply codes of AMQP 0-9-1 (https://www.rabbitmq.com/amqp-0-9-1-reference#constants).</summary>
    private static FailureKind KindOf(ushort code) => code switch
    {
        Constants.AccessRefused or Constants.NotAllowed => FailureKind.AccessRefused,
        Constants.NotFound or Constants.ContentTooLarge or Constants.NotImplemented or Constants.CommandInvalid or Constants.SyntaxError => FailureKind.RequestRefused,
        Constants.ResourceLocked or Constants.PreconditionFailed => FailureKind.Conflict,
        Constants.ResourceError => FailureKind.Busy,
        _ => FailureKind.Unreachable,
    };
}
