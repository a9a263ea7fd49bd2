using System.Text;
using FlexCore.Application.Ports;
using FlexCore.Application.Settings;
using FlexCore.Domain.Access;
using FlexCore.Domain.DeadLetters;
using FlexCore.Infrastructure.Tests.Coordination;

namespace FlexCore.Infrastructure.Tests.DeadLetters;

/// <summary>Dead letters in a file.</summary>
public sealed class SqliteDeadLettersConformance() : DeadLettersConformance([]);

/// <summary>Dead letters beside a log in PostgreSQL.</summary>
public sealed class PostgresDeadLettersConformance() : DeadLettersConformance([("kind", "postgres"), ("connection", PostgresFixture.ConnectionString), ("schema", $"letters_{Guid.NewGuid():n}")])
{
    [Fact]
    public async Task Letters_of_one_node_are_found_and_ended_by_another_with_a_data_directory_of_its_own()
    {
        var letter = Letter();
        await Letters.AddAsync([letter], Token);
        using var folder = new DataFolder();
        await using var other = await OpenAsync(folder);

        (await other.DeadLetters.FindAsync(letter.Id, Token))!.Raw.Length.ShouldBe(letter.Raw.Length);
        (await other.DeadLetters.EndAsync([letter.Id], DeadLetterStatus.Replayed, Run, Token)).ShouldBe(1);
        (await Letters.FindAsync(letter.Id, Token))!.Status.ShouldBe(DeadLetterStatus.Replayed);
    }
}

/// <summary>What becomes of dead letters wherever they lie.</summary>
public abstract class DeadLettersConformance((string Key, string Value)[] store) : IAsyncLifetime
{
    private readonly DataFolder _folder = new();
    private InfrastructureModule _module = null!;

    protected static Guid Run { get; } = Guid.CreateVersion7();

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    protected IDeadLetters Letters => _module.DeadLetters;

    public async ValueTask InitializeAsync() => _module = await OpenAsync(_folder);

    public async ValueTask DisposeAsync()
    {
        await _module.DisposeAsync();
        _folder.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Letter_is_found_as_it_was_kept()
    {
        var kept = Letter() with { SchemaPath = "/properties/id", Schema = "{\"type\":\"SCHEMA\"}"u8.ToArray(), IsMasked = true, Length = 99 };

        await Letters.AddAsync([kept], Token);

        var found = (await Letters.FindAsync(kept.Id, Token)).ShouldNotBeNull();
        (Encoding.UTF8.GetString(found.Raw.Span), Encoding.UTF8.GetString(found.Schema!.Value.Span)).ShouldBe(("{\"id\":1}", "{\"type\":\"SCHEMA\"}"));
        (found with { Raw = default, Schema = null }).ShouldBe(kept with { Raw = default, Schema = null });
        (await Letters.FindAsync(Guid.NewGuid(), Token)).ShouldBeNull();
    }

    [Fact]
    public async Task Letter_that_came_before_any_schema_has_none_when_it_is_found()
    {
        var kept = Letter() with { Schema = null };
        await Letters.AddAsync([kept], Token);

        (await Letters.FindAsync(kept.Id, Token))!.Schema.ShouldBeNull("an empty one would be sent again as an empty line");
    }

    [Fact]
    public async Task Letters_are_listed_in_their_order_page_by_page_and_by_what_they_are()
    {
        var letters = Enumerable.Range(0, 10).Select(index => Letter() with { Stream = index % 2 == 0 ? "even" : "odd", Reason = index < 3 ? DeadLetterReason.Unmappable : DeadLetterReason.Invalid, Step = index == 9 ? "other" : "load" }).ToList();
        await Letters.AddAsync([.. letters.Take(4)], Token);
        await Letters.AddAsync([.. letters.Skip(4)], Token);

        (await ListAsync(new DeadLetterQuery(null, 100))).ShouldBe(letters.Select(letter => letter.Id));
        (await ListAsync(new DeadLetterQuery(letters[3].Id, 2))).ShouldBe(letters.Skip(4).Take(2).Select(letter => letter.Id));
        (await ListAsync(new DeadLetterQuery(null, 100, Stream: "odd", Reason: DeadLetterReason.Unmappable))).ShouldBe([letters[1].Id]);
        (await ListAsync(new DeadLetterQuery(null, 100, "p", "other", Run, Status: DeadLetterStatus.Open))).ShouldBe([letters[9].Id]);
        (await ListAsync(new DeadLetterQuery(null, 100, "q"))).ShouldBeEmpty();
        (await ListAsync(new DeadLetterQuery(letters[7].Id, 100, Scope: new PipelineScope(["q", "p*"])))).ShouldBe(letters.Skip(8).Select(letter => letter.Id));
        (await ListAsync(new DeadLetterQuery(null, 100, Scope: new PipelineScope(["q", "p-*"])))).ShouldBeEmpty();
        (await Letters.ListAsync(new DeadLetterQuery(null, 1), Token))[0].Raw.IsEmpty.ShouldBeTrue("a list brings no content");
    }

    [Fact]
    public async Task Several_writers_keep_all_of_theirs()
    {
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            for (var i = 0; i < 10; i++) await Letters.AddAsync([Letter(), Letter()], Token);
        })));

        (await ListAsync(new DeadLetterQuery(null, 1000))).Count.ShouldBe(160);
    }

    [Fact]
    public async Task Letter_ends_once_and_its_content_is_gone_when_it_is_discarded()
    {
        var (first, second) = (Letter("a very private thing"), Letter());
        await Letters.AddAsync([first, second], Token);

        (await Letters.EndAsync([first.Id], DeadLetterStatus.Replayed, Run, Token)).ShouldBe(1);
        (await Letters.EndAsync([first.Id, second.Id, Guid.NewGuid()], DeadLetterStatus.Discarded, null, Token)).ShouldBe(2);
        (await Letters.EndAsync([first.Id, second.Id], DeadLetterStatus.Replayed, Guid.NewGuid(), Token)).ShouldBe(0);

        var found = (await Letters.FindAsync(first.Id, Token))!;
        (found.Status, found.ReplayedBy, found.Raw.Length, found.KeptLength, found.IsReplayable).ShouldBe((DeadLetterStatus.Discarded, Run, 0, 0, false));
    }

    [Fact]
    public async Task What_others_have_named_is_kept_whatever_it_is()
    {
        var names = new[] { "a\0b", "'; DROP TABLE dead_letters; --", "\ud800", "😀%_" };

        foreach (var name in names) await Letters.AddAsync([Letter() with { SchemaPath = $"/properties/{name}", Message = name }], Token);

        (await ListAsync(new DeadLetterQuery(null, 100))).Count.ShouldBe(names.Length);
    }

    protected static DeadLetter Letter(string raw = "{\"id\":1}") => LetterWriter.Letter(Run, raw);

    private protected async Task<InfrastructureModule> OpenAsync(DataFolder folder) => await InfrastructureModule.OpenAsync(
        folder.Path, ProjectSettings.Read([.. store.Select(setting => new Setting($"store.{setting.Key}", setting.Value, setting.Key))]).Value, TimeProvider.System, Token);

    private async Task<List<Guid>> ListAsync(DeadLetterQuery query) => [.. (await Letters.ListAsync(query, Token)).Select(letter => letter.Id)];
}
