using System.Text;
using FlexCore.Domain.Errors;
using FlexCore.Infrastructure.DynamoDb;
using FlexCore.Infrastructure.Persistence;
using FlexCore.Infrastructure.Tests.DynamoDb;
using Microsoft.Extensions.Logging.Abstractions;

namespace FlexCore.Infrastructure.Tests.Persistence;

/// <summary>Units of work in DynamoDB that meet each other while they are under way.</summary>
public sealed class DynamoDbIntentTests(SharedDynalite dynalite) : IClassFixture<SharedDynalite>, IAsyncDisposable
{
    private readonly DynamoDbClient _client = new("dynamodb", new DynamoDbOptions { Endpoint = dynalite.Server.Address, AccessKey = "key", SecretKey = "secret" }, NullLoggerFactory.Instance, TimeProvider.System);
    private readonly string _table = $"t{Guid.NewGuid():n}";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _client.DisposeAsync();

    [Fact]
    public async Task Owner_who_was_taken_for_gone_does_all_of_it_again()
    {
        var other = Open(TimeSpan.Zero);
        await other.CommitAsync([EntityChange.Create(Of("a", 0)), EntityChange.Create(Of("b", 0))], Token);
        using var slow = new SlowWriter(Open(TimeSpan.FromSeconds(10)), before: "put ~intents/");
        var writing = slow.CommitAsync([EntityChange.Update(Of("a", 1), Of("a", 0).Version), EntityChange.Create(Of("c", 1))]);

        // It holds both, and is about to say that it is decided.
        await slow.Waits;
        (await other.FindAsync("k", "a", Token))!.Version.ShouldBe(Of("a", 0).Version);
        (await other.FindAsync("k", "c", Token)).ShouldBeNull();
        await other.CommitAsync([EntityChange.Update(Of("b", 2), Of("b", 0).Version), EntityChange.Create(Of("c", 2))], Token);
        slow.GoOn();

        (await Should.ThrowAsync<FlexCoreException>(writing)).Errors.ShouldHaveSingleItem().ShouldBeOfType<EntityConflict>().Current.ShouldBe(Of("c", 2).Version);
        (await other.FindAsync("k", "a", Token))!.Version.ShouldBe(Of("a", 0).Version);
        (await other.FindAsync("k", "b", Token))!.Version.ShouldBe(Of("b", 2).Version);
    }

    [Fact]
    public async Task Everybody_sees_all_of_a_unit_of_work_from_its_decision_on()
    {
        var other = Open(TimeSpan.FromSeconds(10));
        await other.CommitAsync([EntityChange.Create(Of("a", 0)), EntityChange.Create(Of("b", 0))], Token);
        using var slow = new SlowWriter(Open(TimeSpan.FromSeconds(10)), before: "put k/", after: "put ~intents/");
        var writing = slow.CommitAsync([EntityChange.Update(Of("a", 1), Of("a", 0).Version), EntityChange.Delete("k", "b", Of("b", 0).Version), EntityChange.Create(Of("c", 1))]);

        // It is decided, and no item says so yet.
        await slow.Waits;
        (await other.FindAsync("k", "a", Token))!.Version.ShouldBe(Of("a", 1).Version);
        (await other.FindAsync("k", "b", Token)).ShouldBeNull();
        (await other.ListAsync(new EntityQuery("k"), Token)).Entities.Select(entity => entity.Id).ShouldBe(["a", "c"]);
        await other.CommitAsync([EntityChange.Update(Of("a", 2), Of("a", 1).Version)], Token);
        slow.GoOn();

        await writing;
        (await other.FindAsync("k", "a", Token))!.Version.ShouldBe(Of("a", 2).Version);
    }

    private static Entity Of(string id, int value) => Entity.Create("k", id, Encoding.UTF8.GetBytes($$"""{"value":{{value}}}"""));

    private DynamoDbEntityStore Open(TimeSpan patience) => new(_client, _table, TimeProvider.System) { Patience = patience };

    /// <summary>A writer that stops once before a write, behind the second of another kind where there is one to wait for first.</summary>
    private sealed class SlowWriter : IDisposable
    {
        private readonly DynamoDbEntityStore _store;
        private readonly TaskCompletionSource _waits = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly ManualResetEventSlim _goesOn = new();
        private int _decisions;

        public SlowWriter(DynamoDbEntityStore store, string before, string? after = null)
        {
            _store = store;
            store.BeforeStep = step =>
            {
                // The first write to an intent makes it, the second one decides it.
                if (step.StartsWith("put ~intents/", StringComparison.Ordinal)) _decisions++;
                if (_decisions < 2 || !step.StartsWith(before, StringComparison.Ordinal) || (after is null && _decisions > 2) || _waits.Task.IsCompleted) return;
                _waits.TrySetResult();
                _goesOn.Wait(Token);
            };
        }

        public Task Waits => _waits.Task;

        public Task CommitAsync(IReadOnlyList<EntityChange> changes) => Task.Run(async () => await _store.CommitAsync(changes, Token), Token);

        public void GoOn() => _goesOn.Set();

        public void Dispose() => _goesOn.Dispose();
    }
}
