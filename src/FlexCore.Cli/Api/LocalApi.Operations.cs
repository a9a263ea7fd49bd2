using System.Text.Json;
using FlexCore.Application.Access;
using FlexCore.Application.Catalog;
using FlexCore.Application.DeadLetters;
using FlexCore.Application.Monitoring;
using FlexCore.Application.Nodes;
using FlexCore.Application.Notifications;
using FlexCore.Application.Plugins;
using FlexCore.Application.Ports;
using FlexCore.Application.Secrets;
using FlexCore.Application.Workers;
using FlexCore.Client;
using FlexCore.Domain.DeadLetters;
using FlexCore.Domain.Provisioning;
using FlexCore.Server.Documents;
using AddedPlugin = FlexCore.Client.AddedPlugin;
using Ask = FlexCore.Application;
using DeadLetter = FlexCore.Client.DeadLetter;
using GrantChange = FlexCore.Client.GrantChange;
using Node = FlexCore.Client.Node;
using StoredEvent = FlexCore.Client.StoredEvent;

namespace FlexCore.Cli.Api;

/// <content>Plugins, events, dead letters, nodes, secrets, tokens, notifications.</content>
internal sealed partial class LocalApi
{
    /// <inheritdoc/>
    public IAsyncEnumerable<PluginListItem> ListPluginsAsync(CancellationToken cancellationToken = default) => ListAsync(new ListActivePlugins(), OperationDocuments.Describe, limit: null, cancellationToken);

    /// <inheritdoc/>
    public Task<Plugin> GetPluginAsync(string plugin, CancellationToken cancellationToken = default) => AskAsync(new ShowPlugin(plugin), OperationDocuments.Describe, cancellationToken);

    /// <inheritdoc/>
    public Task<AddedPlugin> AddPluginAsync(Stream archive, IReadOnlyList<string>? net = null, CancellationToken cancellationToken = default) =>
        AskAsync(new RegisterSentPlugin(archive) { Net = net ?? [] }, OperationDocuments.Describe, cancellationToken);

    /// <inheritdoc/>
    public Task<AddedPlugin> UpgradePluginAsync(string plugin, Stream archive, IReadOnlyList<string>? net = null, CancellationToken cancellationToken = default) =>
        AskAsync(new UpgradeSentPlugin(plugin, archive) { Net = net ?? [] }, OperationDocuments.Describe, cancellationToken);

    /// <inheritdoc/>
    public Task<Plugin> DisablePluginAsync(string plugin, Client.DisablePlugin request, CancellationToken cancellationToken = default) =>
        AskAsync(new Ask.Plugins.DisablePlugin(plugin, request.Reason), OperationDocuments.Describe, cancellationToken);

    /// <inheritdoc/>
    public Task<Plugin> EnablePluginAsync(string plugin, CancellationToken cancellationToken = default) => AskAsync(new EnablePlugin(plugin), OperationDocuments.Describe, cancellationToken);

    /// <inheritdoc/>
    public Task RemovePluginAsync(string plugin, CancellationToken cancellationToken = default) => AskAsync(new RemovePlugin(plugin), cancellationToken);

    /// <inheritdoc/>
    public Task<GrantChange> GrantPluginAsync(string plugin, Grant? wanted = null, CancellationToken cancellationToken = default) =>
        AskAsync(new GrantCapabilities(plugin, OperationDocuments.Read(wanted), Environment.CurrentDirectory), change => OperationDocuments.Describe(plugin, change), cancellationToken);

    /// <inheritdoc/>
    public Task<GrantChange> RevokePluginAsync(string plugin, Grant? unwanted = null, CancellationToken cancellationToken = default) =>
        AskAsync(new RevokeCapabilities(plugin, OperationDocuments.Read(unwanted), Environment.CurrentDirectory), change => OperationDocuments.Describe(plugin, change), cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<PluginAudit> AuditPluginsAsync(string? plugin = null, CancellationToken cancellationToken = default) =>
        ListAsync(new AuditPlugins(plugin), OperationDocuments.Describe, limit: null, cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<StoredEvent> ListEventsAsync(long after = 0, string? stream = null, string? category = null, string? type = null, int? limit = null, CancellationToken cancellationToken = default) =>
        ListAsync(new ListEvents(new EventQuery(after, limit ?? int.MaxValue, stream, category, type)), OperationDocuments.Describe, limit, cancellationToken);

    /// <inheritdoc/>
    public Task<StoredEvent> GetEventAsync(long position, CancellationToken cancellationToken = default) => AskAsync(new ShowEvent(position), OperationDocuments.Describe, cancellationToken);

    /// <inheritdoc/>
    public Task<ReplayedStream> ReplayStreamAsync(string stream, long? toVersion = null, DateTimeOffset? at = null, CancellationToken cancellationToken = default) =>
        AskAsync(new ReplayEventsQuery(stream, toVersion, at), OperationDocuments.Describe, cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<DeadLetter> ListDeadLettersAsync(DeadLetterFilter filter, Guid? after = null, int? limit = null, CancellationToken cancellationToken = default) => ListAsync(
        new ListDeadLetters(new DeadLetterQuery(
            after, limit ?? int.MaxValue, filter.Pipeline, filter.Step, filter.RunId, filter.Stream, Wording.Read<DeadLetterReason>("reason", filter.Reason), Wording.Read<DeadLetterStatus>("status", filter.Status))),
        OperationDocuments.Describe, limit, cancellationToken);

    /// <inheritdoc/>
    public Task<DeadLetter> GetDeadLetterAsync(string letter, CancellationToken cancellationToken = default) => AskAsync(new ShowDeadLetter(letter), OperationDocuments.DescribeWhole, cancellationToken);

    /// <inheritdoc/>
    public Task<AcceptedReplay> ReplayDeadLettersAsync(Client.ReplayDeadLetters request, string? idempotencyKey = null, CancellationToken cancellationToken = default) =>
        AskAsync(new StartReplay(request.Letters, request.Set ?? NoVariables), OperationDocuments.Describe, cancellationToken);

    /// <inheritdoc/>
    public Task<DiscardedDeadLetters> DiscardDeadLettersAsync(Client.DiscardDeadLetters request, CancellationToken cancellationToken = default) =>
        AskAsync(new Ask.DeadLetters.DiscardDeadLetters(request.Letters), count => new DiscardedDeadLetters(count), cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<Node> ListNodesAsync(CancellationToken cancellationToken = default) => ListAsync(new ListNodes(), OperationDocuments.Describe, limit: null, cancellationToken);

    /// <inheritdoc/>
    public Task<Node> DrainNodeAsync(string node, CancellationToken cancellationToken = default) => AskAsync(new DrainNode(node), OperationDocuments.Describe, cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<Worker> ListWorkersAsync(string? status = null, CancellationToken cancellationToken = default) =>
        ListAsync(new ListWorkers(Wording.Read<ProvisioningStatus>("status", status)), OperationDocuments.Describe, limit: null, cancellationToken);

    /// <inheritdoc/>
    public Task<Worker> ReleaseWorkerAsync(string worker, CancellationToken cancellationToken = default) => AskAsync(new ReleaseWorker(worker), OperationDocuments.Describe, cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<Client.CatalogEntry> ListCatalogAsync(string kind, int? limit = null, CancellationToken cancellationToken = default) =>
        ListAsync(new ListCatalog(kind, After: null, limit ?? int.MaxValue), OperationDocuments.Describe, limit, cancellationToken);

    /// <inheritdoc/>
    public Task<Client.CatalogEntry> GetCatalogEntryAsync(string kind, string entry, CancellationToken cancellationToken = default) => AskAsync(new GetCatalogEntry(kind, entry), OperationDocuments.Describe, cancellationToken);

    /// <inheritdoc/>
    public Task<Client.CatalogEntry> PutCatalogEntryAsync(string kind, string entry, JsonElement document, string? ifVersion = null, CancellationToken cancellationToken = default) =>
        AskAsync(new PutCatalogEntry(kind, entry, document, ifVersion), OperationDocuments.Describe, cancellationToken);

    /// <inheritdoc/>
    public Task DeleteCatalogEntryAsync(string kind, string entry, string? ifVersion = null, CancellationToken cancellationToken = default) => AskAsync(new DeleteCatalogEntry(kind, entry, ifVersion), cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<Secret> ListSecretsAsync(CancellationToken cancellationToken = default) => ListAsync(new ListSecrets(), OperationDocuments.Describe, limit: null, cancellationToken);

    /// <inheritdoc/>
    public Task SetSecretAsync(string secret, Client.SetSecret request, CancellationToken cancellationToken = default) => AskAsync(new Ask.Secrets.SetSecret(secret, request.Value), cancellationToken);

    /// <inheritdoc/>
    public Task DeleteSecretAsync(string secret, CancellationToken cancellationToken = default) => AskAsync(new DeleteSecret(secret), cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<Token> ListTokensAsync(CancellationToken cancellationToken = default) =>
        ListAsync(new ListTokens(), token => OperationDocuments.Describe(token, TimeProvider.System.GetUtcNow()), limit: null, cancellationToken);

    /// <inheritdoc/>
    public Task<CreatedToken> CreateTokenAsync(Client.CreateToken request, CancellationToken cancellationToken = default) =>
        AskAsync(OperationDocuments.Read(request), issued => OperationDocuments.Describe(issued, TimeProvider.System.GetUtcNow()), cancellationToken);

    /// <inheritdoc/>
    public Task RevokeTokenAsync(string token, CancellationToken cancellationToken = default) => AskAsync(new RevokeToken(token), cancellationToken);

    /// <inheritdoc/>
    public Task<JsonElement> DiscoverPluginAsync(string plugin, Client.DiscoverPlugin request, CancellationToken cancellationToken = default) =>
        AskAsync(OperationDocuments.Read(plugin, request, Environment.CurrentDirectory, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public Task<ChannelTest> TestChannelAsync(string channel, CancellationToken cancellationToken = default) => AskAsync(new TestChannel(channel), name => new ChannelTest(name, Sent: true), cancellationToken);
}
