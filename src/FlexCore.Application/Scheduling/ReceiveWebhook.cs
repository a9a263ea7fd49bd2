using System.Text.Json;
using FlexCore.Application.Bus;
using FlexCore.Application.Pipelines;
using FlexCore.Application.Ports;
using FlexCore.Application.Runs;
using FlexCore.Domain;
using FlexCore.Domain.Access;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Runs;
using FlexCore.Domain.Scheduling;

namespace FlexCore.Application.Scheduling;

/// <summary>Another system wants a run, and proves by its signature that it may.</summary>
/// <param name="Pipeline">The pipeline.</param>
/// <param name="Message">What it has sent.</param>
public sealed record ReceiveWebhook(string Pipeline, WebhookMessage Message) : ICommand<Guid>
{
    /// <inheritdoc/>
    public Permission Permission => Permission.Operate;
}

/// <summary>Takes messages of other systems. The receipt of each is on record before its run, so that one that is sent again comes to the same run.</summary>
public sealed class ReceiveWebhookHandler(IEventLog log, ISecrets secrets, MessageBus bus, TimeProvider time) : IHandler<ReceiveWebhook, Guid>
{
    private const int MaxDepth = 64;

    /// <summary>Whether messages are taken; whoever sends them is to try again.</summary>
    public Func<bool> IsOn { get; init; } = () => true;

    /// <inheritdoc/>
    public async Task<Result<Guid>> HandleAsync(ReceiveWebhook request, Caller caller, CancellationToken cancellationToken)
    {
        if (!IsOn()) return new Error(ErrorCodes.FeatureOff, "messages of other systems are not taken now (features.webhooks)");
        var (name, message) = request;
        if (!Names.IsValid(name)) return Unknown(name);
        var (pipeline, _) = await log.ReadPipelineAsync(name, cancellationToken);
        if (pipeline.Current?.Triggers.Webhook is not { } webhook) return Unknown(name);
        var secret = await secrets.FindAsync(webhook.Secret, cancellationToken);
        if (!secret.IsSuccess) return secret.Errors.ToArray();
        if (message.Refuse(secret.Value, time.GetUtcNow()) is { } refused) return refused;

        var variables = ReadVariables(webhook, message.Body);
        if (!variables.IsSuccess) return variables.Errors.ToArray();
        var run = await RecordAsync(name, message.Id!, caller, cancellationToken);
        return await bus.SendAsync(new StartPipeline(name, variables.Value, new RunTrigger(TriggerKind.Webhook, message.Id)) { RunId = run }, caller, cancellationToken);
    }

    private static Result<IReadOnlyDictionary<string, string>> ReadVariables(WebhookTrigger webhook, ReadOnlyMemory<byte> body)
    {
        if (webhook.Set.Count == 0) return webhook.ReadVariables(default);
        try
        {
            using var document = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = MaxDepth });
            return webhook.ReadVariables(document.RootElement);
        }
        catch (JsonException e)
        {
            return new Error(ErrorCodes.InvalidValue, $"the message is not JSON of at most {MaxDepth} levels: line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}");
        }
    }

    /// <returns>The run of the message: a new one, or that of the first time.</returns>
    private async Task<Guid> RecordAsync(string pipeline, string messageId, Caller caller, CancellationToken cancellationToken)
    {
        var stream = EventStreams.Webhook(pipeline, messageId);
        var received = new WebhookReceived(pipeline, messageId, Guid.CreateVersion7(time.GetUtcNow()));
        try
        {
            await log.AppendAsync(stream, 0, [received], EventContext.New(received.RunId).By(caller), cancellationToken);
            return received.RunId;
        }
        catch (FlexCoreException e) when (e.Error.Code == ErrorCodes.VersionConflict)
        {
            return ((WebhookReceived)(await log.ReadLastAsync(stream, cancellationToken))!.Value.Event).RunId;
        }
    }

    private static Error Unknown(string name) => new(ErrorCodes.NotFound, $"there is no pipeline '{Printable.Escape(name)}' that takes messages");
}
