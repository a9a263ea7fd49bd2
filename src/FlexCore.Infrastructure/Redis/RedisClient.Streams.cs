using FlexCore.Infrastructure.Clients;
using StackExchange.Redis;

namespace FlexCore.Infrastructure.Redis;

/// <summary>An entry of a stream.</summary>
/// <param name="Id">Its id, which orders it: milliseconds since 1970 UTC, a hyphen, a number.</param>
/// <param name="Fields">Its fields, in their order.</param>
public sealed record RedisStreamEntry(string Id, IReadOnlyList<KeyValuePair<string, RedisValue>> Fields);

/// <content>Streams (https://redis.io/docs/latest/develop/data-types/streams/), as commands, for the driver has no calls for them.</content>
public sealed partial class RedisClient
{
    private static readonly Operation Append = new("XADD");
    private static readonly Operation CreateGroup = new("XGROUP CREATE", MayRepeat: true);
    private static readonly Operation DestroyGroup = new("XGROUP DESTROY", MayRepeat: true);
    private static readonly Operation ReadGroup = new("XREADGROUP");
    private static readonly Operation Acknowledge = new("XACK", MayRepeat: true);
    private static readonly Operation Claim = new("XAUTOCLAIM");
    private static readonly Operation Length = new("XLEN", MayRepeat: true);

    /// <summary>Appends an entry.</summary>
    /// <param name="stream">The stream, which begins with its first entry.</param>
    /// <param name="fields">At least one.</param>
    /// <param name="keep">About how many entries stay, the newest; null for all.</param>
    /// <param name="cancellationToken">The caller's.</param>
    /// <returns>Its id.</returns>
    public async ValueTask<string> AppendAsync(string stream, IEnumerable<KeyValuePair<string, RedisValue>> fields, long? keep, CancellationToken cancellationToken)
    {
        object[] limit = keep is { } most ? ["MAXLEN", "~", most] : [];
        return (string)(await CommandAsync(Append, stream, ["XADD", Key(stream), .. limit, "*", .. fields.SelectMany(field => new object[] { field.Key, field.Value })], cancellationToken))!;
    }

    /// <summary>Makes a group of consumers that share the entries of a stream among each other; nothing where it is there already.</summary>
    /// <param name="stream">The stream, which is made when there is none.</param>
    /// <param name="group">The group.</param>
    /// <param name="fromBeginning">Whether it gets what the stream has already, or only what comes.</param>
    /// <param name="cancellationToken">The caller's.</param>
    public async ValueTask CreateGroupAsync(string stream, string group, bool fromBeginning, CancellationToken cancellationToken) => await RunAsync(
        CreateGroup,
        stream,
        (Client: this, Arguments: new object[] { "CREATE", Key(stream), group, fromBeginning ? "0" : "$", "MKSTREAM" }),
        static async (call, token) =>
        {
            try
            {
                await call.Client.ExecuteAsync("XGROUP", call.Arguments, token);
            }
            catch (RedisServerException e) when (e.Message.StartsWith("BUSYGROUP", StringComparison.Ordinal))
            {
                // It is there already.
            }

            return true;
        },
        cancellationToken);

    /// <summary>Forgets a group, and what its consumers had not acknowledged.</summary>
    /// <returns>Whether there was one.</returns>
    public ValueTask<bool> DestroyGroupAsync(string stream, string group, CancellationToken cancellationToken) => RunAsync(
        DestroyGroup,
        stream,
        (Client: this, Arguments: new object[] { "DESTROY", Key(stream), group }),
        static async (call, token) =>
        {
            try
            {
                return (long)await call.Client.ExecuteAsync("XGROUP", call.Arguments, token) == 1;
            }
            catch (RedisServerException e) when (e.Message.Contains("requires the key to exist", StringComparison.Ordinal))
            {
                return false;
            }
        },
        cancellationToken);

    /// <summary>Takes entries that no consumer of the group has got yet. They stay with this consumer until it acknowledges them. Does not wait for entries: that would hold the connection that all share.</summary>
    public ValueTask<IReadOnlyList<RedisStreamEntry>> ReadGroupAsync(string stream, string group, string consumer, int count, CancellationToken cancellationToken) =>
        ReadGroupAsync(stream, group, consumer, count, after: null, cancellationToken);

    /// <summary>As the other, or gives again what this consumer has got and not acknowledged.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="group">The group.</param>
    /// <param name="consumer">Gets them.</param>
    /// <param name="count">At most so many.</param>
    /// <param name="after">The id before the first of those that it has got; null for those that nobody has got yet.</param>
    /// <param name="cancellationToken">The caller's.</param>
    public async ValueTask<IReadOnlyList<RedisStreamEntry>> ReadGroupAsync(string stream, string group, string consumer, int count, string? after, CancellationToken cancellationToken)
    {
        var answer = await CommandAsync(ReadGroup, stream, ["XREADGROUP", "GROUP", group, consumer, "COUNT", count, "STREAMS", Key(stream), after ?? ">"], cancellationToken);
        return answer.IsNull ? [] : Entries(((RedisResult[])((RedisResult[])answer!)[0]!)[1]);
    }

    /// <summary>Takes over entries that other consumers have had for too long without acknowledging them.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="group">The group.</param>
    /// <param name="consumer">Gets them.</param>
    /// <param name="idle">How long is too long.</param>
    /// <param name="count">At most so many.</param>
    /// <param name="cancellationToken">The caller's.</param>
    public async ValueTask<IReadOnlyList<RedisStreamEntry>> ClaimAsync(string stream, string group, string consumer, TimeSpan idle, int count, CancellationToken cancellationToken)
    {
        var answer = await CommandAsync(Claim, stream, ["XAUTOCLAIM", Key(stream), group, consumer, (long)idle.TotalMilliseconds, "0-0", "COUNT", count], cancellationToken);
        return Entries(((RedisResult[])answer!)[1]);
    }

    /// <summary>Says that entries are done with, so that nobody gets them again.</summary>
    /// <returns>How many of them were still open.</returns>
    public async ValueTask<long> AcknowledgeAsync(string stream, string group, IEnumerable<string> ids, CancellationToken cancellationToken) =>
        (long)await CommandAsync(Acknowledge, stream, ["XACK", Key(stream), group, .. ids], cancellationToken);

    /// <summary>How many entries a stream has.</summary>
    public async ValueTask<long> LengthAsync(string stream, CancellationToken cancellationToken) => (long)await CommandAsync(Length, stream, ["XLEN", Key(stream)], cancellationToken);

    private static RedisStreamEntry[] Entries(RedisResult entries) => [.. ((RedisResult[])entries!).Where(entry => !entry.IsNull).Select(Entry)];

    private static RedisStreamEntry Entry(RedisResult entry)
    {
        var parts = (RedisResult[])entry!;
        var fields = parts[1].IsNull ? [] : (RedisValue[])parts[1]!; // null for an entry that was deleted meanwhile
        return new RedisStreamEntry((string)parts[0]!, [.. fields.Chunk(2).Select(field => KeyValuePair.Create((string)field[0]!, field[1]))]);
    }

    private RedisKey Key(string name) => _prefix + name;

    private ValueTask<RedisResult> CommandAsync(Operation operation, string resource, object[] command, CancellationToken cancellationToken) => RunAsync(
        operation, resource, (Client: this, command), static (call, token) => call.Client.ExecuteAsync((string)call.command[0], call.command[1..], token), cancellationToken);

    private async ValueTask<RedisResult> ExecuteAsync(string command, object[] arguments, CancellationToken cancellationToken) =>
        await (await ConnectAsync(cancellationToken)).GetDatabase(_database).ExecuteAsync(command, arguments).WaitAsync(cancellationToken);
}
