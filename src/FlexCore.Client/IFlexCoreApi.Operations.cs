using System.Text.Json;

namespace FlexCore.Client;

/// <content>Plugins, events, dead letters, nodes, secrets, tokens, notifications.</content>
public partial interface IFlexCoreApi
{
    /// <summary>Plugins and what they used, by name.</summary>
    IAsyncEnumerable<PluginListItem> ListPluginsAsync(CancellationToken cancellationToken = default);

    /// <summary>A plugin: what it asks for and what it was granted.</summary>
    Task<Plugin> GetPluginAsync(string plugin, CancellationToken cancellationToken = default);

    /// <summary>Registers a plugin, or another version of one: its files are copied, and its install is run.</summary>
    /// <param name="archive">A zip, tar or tar.gz of its folder; a server takes at most 64 MiB.</param>
    /// <param name="net">The destinations to which its install may connect, <c>HOST:PORT</c>; none where nothing is said.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    Task<AddedPlugin> AddPluginAsync(Stream archive, IReadOnlyList<string>? net = null, CancellationToken cancellationToken = default);

    /// <summary>Registers another version of a plugin that is registered: other files, of the same kind.</summary>
    /// <param name="plugin">The plugin.</param>
    /// <param name="archive">As for <see cref="AddPluginAsync"/>.</param>
    /// <param name="net">Likewise, beyond what the version before was granted.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    Task<AddedPlugin> UpgradePluginAsync(string plugin, Stream archive, IReadOnlyList<string>? net = null, CancellationToken cancellationToken = default);

    /// <summary>Lets no run begin with a plugin.</summary>
    Task<Plugin> DisablePluginAsync(string plugin, DisablePlugin request, CancellationToken cancellationToken = default);

    /// <summary>Lets runs begin with a plugin again.</summary>
    Task<Plugin> EnablePluginAsync(string plugin, CancellationToken cancellationToken = default);

    /// <summary>Ends the registration of a plugin, with its standing grants.</summary>
    Task RemovePluginAsync(string plugin, CancellationToken cancellationToken = default);

    /// <summary>Grants a plugin what it asks for, wherever it is used.</summary>
    /// <param name="plugin">The plugin.</param>
    /// <param name="wanted">Out of that; null is all of it.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    Task<GrantChange> GrantPluginAsync(string plugin, Grant? wanted = null, CancellationToken cancellationToken = default);

    /// <summary>Takes back what a plugin was granted.</summary>
    /// <param name="plugin">The plugin.</param>
    /// <param name="unwanted">Out of that; null is all of it.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    Task<GrantChange> RevokePluginAsync(string plugin, Grant? unwanted = null, CancellationToken cancellationToken = default);

    /// <summary>What plugins are exposed to, the most exposed first.</summary>
    /// <param name="plugin">Only this one.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    IAsyncEnumerable<PluginAudit> AuditPluginsAsync(string? plugin = null, CancellationToken cancellationToken = default);

    /// <summary>The event log behind a position, in the order in which things happened.</summary>
    IAsyncEnumerable<StoredEvent> ListEventsAsync(long after = 0, string? stream = null, string? category = null, string? type = null, int? limit = null, CancellationToken cancellationToken = default);

    /// <summary>One event with its data and metadata.</summary>
    Task<StoredEvent> GetEventAsync(long position, CancellationToken cancellationToken = default);

    /// <summary>An event stream as it once was.</summary>
    /// <param name="stream">The event stream.</param>
    /// <param name="toVersion">As it was after so many events.</param>
    /// <param name="at">As it was at that time.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    Task<ReplayedStream> ReplayStreamAsync(string stream, long? toVersion = null, DateTimeOffset? at = null, CancellationToken cancellationToken = default);

    /// <summary>Records that could not be processed, without their content, oldest first.</summary>
    IAsyncEnumerable<DeadLetter> ListDeadLettersAsync(DeadLetterFilter filter, Guid? after = null, int? limit = null, CancellationToken cancellationToken = default);

    /// <summary>A dead letter with its content, by its id or the end of it.</summary>
    Task<DeadLetter> GetDeadLetterAsync(string letter, CancellationToken cancellationToken = default);

    /// <summary>Puts runs into the queue that send dead letters again, as their pipelines are defined now.</summary>
    /// <param name="request">The wish.</param>
    /// <param name="idempotencyKey">As for <see cref="StartRunAsync"/>.</param>
    /// <param name="cancellationToken">Gives it up; the runs may be queued all the same.</param>
    Task<AcceptedReplay> ReplayDeadLettersAsync(ReplayDeadLetters request, string? idempotencyKey = null, CancellationToken cancellationToken = default);

    /// <summary>Ends dead letters that nobody needs.</summary>
    Task<DiscardedDeadLetters> DiscardDeadLettersAsync(DiscardDeadLetters request, CancellationToken cancellationToken = default);

    /// <summary>The processes that run pipelines.</summary>
    IAsyncEnumerable<Node> ListNodesAsync(CancellationToken cancellationToken = default);

    /// <summary>Lets a node take no more runs.</summary>
    Task<Node> DrainNodeAsync(string node, CancellationToken cancellationToken = default);

    /// <summary>The nodes that come and go with the queue, by name.</summary>
    /// <param name="status"><c>requested</c>, <c>starting</c>, <c>running</c>, <c>releasing</c> or <c>failed</c>; null for all.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    IAsyncEnumerable<Worker> ListWorkersAsync(string? status = null, CancellationToken cancellationToken = default);

    /// <summary>Lets a worker go, once its runs have ended; where it is still needed, another one comes.</summary>
    Task<Worker> ReleaseWorkerAsync(string worker, CancellationToken cancellationToken = default);

    /// <summary>Entries of the catalog by name.</summary>
    /// <param name="kind">What: <c>connection</c>.</param>
    /// <param name="limit">At most so many.</param>
    /// <param name="cancellationToken">Ends it.</param>
    IAsyncEnumerable<CatalogEntry> ListCatalogAsync(string kind, int? limit = null, CancellationToken cancellationToken = default);

    /// <summary>One of them.</summary>
    Task<CatalogEntry> GetCatalogEntryAsync(string kind, string entry, CancellationToken cancellationToken = default);

    /// <summary>Writes one, a new one or another one in its place.</summary>
    /// <param name="kind">What.</param>
    /// <param name="entry">Its name.</param>
    /// <param name="document">What it is to say: an object, with secrets as references.</param>
    /// <param name="ifVersion">The version at which it must be; null where any may be, and none.</param>
    /// <param name="cancellationToken">Ends it.</param>
    Task<CatalogEntry> PutCatalogEntryAsync(string kind, string entry, JsonElement document, string? ifVersion = null, CancellationToken cancellationToken = default);

    /// <summary>Deletes one.</summary>
    Task DeleteCatalogEntryAsync(string kind, string entry, string? ifVersion = null, CancellationToken cancellationToken = default);

    /// <summary>Secrets by name, without their values.</summary>
    IAsyncEnumerable<Secret> ListSecretsAsync(CancellationToken cancellationToken = default);

    /// <summary>Gives a secret a value.</summary>
    Task SetSecretAsync(string secret, SetSecret request, CancellationToken cancellationToken = default);

    /// <summary>Removes a secret.</summary>
    Task DeleteSecretAsync(string secret, CancellationToken cancellationToken = default);

    /// <summary>Access tokens without their texts, newest first.</summary>
    IAsyncEnumerable<Token> ListTokensAsync(CancellationToken cancellationToken = default);

    /// <summary>Gives an access token out; its text is told this once.</summary>
    Task<CreatedToken> CreateTokenAsync(CreateToken request, CancellationToken cancellationToken = default);

    /// <summary>Has an access token, by its name or id, refused from now on.</summary>
    Task RevokeTokenAsync(string token, CancellationToken cancellationToken = default);

    /// <summary>Asks a tap for its catalog, in its sandbox and under its grants; nothing is moved.</summary>
    /// <param name="plugin">The tap.</param>
    /// <param name="request">With what.</param>
    /// <param name="cancellationToken">Ends the tap.</param>
    /// <returns>The catalog: a JSON object with <c>streams</c>, as the tap writes it, without what is secret.</returns>
    Task<JsonElement> DiscoverPluginAsync(string plugin, DiscoverPlugin request, CancellationToken cancellationToken = default);

    /// <summary>Sends a message that only shows that a channel works.</summary>
    Task<ChannelTest> TestChannelAsync(string channel, CancellationToken cancellationToken = default);
}
