using System.Text;
using FlexCore.Application.Ports;
using FlexCore.Domain.Access;
using FlexCore.Domain.DeadLetters;
using FlexCore.Domain.Errors;
using FlexCore.Infrastructure.DeadLetters;

namespace FlexCore.Infrastructure.Tests.DeadLetters;

public sealed class SqliteDeadLettersTests : IDisposable
{
    private static readonly Guid Run = Guid.CreateVersion7();
    private readonly string _folder = Directory.CreateTempSubdirectory("flexcore-letters-").FullName;

    // The store of a data directory is what loads SQLite.
    public SqliteDeadLettersTests() => EventStore.SqliteEventStore.OpenAsync(Path.Combine(_folder, "flexcore.db"), TimeProvider.System, cancellationToken: Token).AsTask().GetAwaiter().GetResult().DisposeAsync().AsTask().GetAwaiter().GetResult();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string File => Path.Combine(_folder, "deadletters.db");

    private SqliteDeadLetters Letters => new(File);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

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
    public async Task Letter_ends_once_and_discarded_content_is_gone_from_every_file()
    {
        var (first, second) = (Letter("a very private thing"), Letter());
        await Letters.AddAsync([first, second], Token);

        (await Letters.EndAsync([first.Id], DeadLetterStatus.Discarded, null, Token)).ShouldBe(1);
        (await Letters.EndAsync([first.Id, second.Id], DeadLetterStatus.Replayed, Run, Token)).ShouldBe(1);

        ((await Letters.FindAsync(first.Id, Token))!.Status, (await Letters.FindAsync(second.Id, Token))!.ReplayedBy).ShouldBe((DeadLetterStatus.Discarded, Run));
        Directory.GetFiles(_folder).ShouldAllBe(file => !System.IO.File.ReadAllText(file).Contains("private"));
    }

    [Fact]
    public async Task Replayed_letter_can_still_be_discarded_and_its_content_is_gone_too()
    {
        var letter = Letter("a very private thing");
        await Letters.AddAsync([letter], Token);
        await Letters.EndAsync([letter.Id], DeadLetterStatus.Replayed, Run, Token);

        (await Letters.EndAsync([letter.Id], DeadLetterStatus.Discarded, null, Token)).ShouldBe(1);

        var found = (await Letters.FindAsync(letter.Id, Token))!;
        (found.Status, found.ReplayedBy).ShouldBe((DeadLetterStatus.Discarded, Run));
        Directory.GetFiles(_folder).ShouldAllBe(file => !System.IO.File.ReadAllText(file).Contains("private"));
    }

    [Fact]
    public async Task Several_writers_share_the_file()
    {
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            for (var i = 0; i < 10; i++) await Letters.AddAsync([Letter(), Letter()], Token);
        })));

        (await ListAsync(new DeadLetterQuery(null, 1000))).Count.ShouldBe(160);
    }

    [Fact]
    public async Task Looking_makes_no_file_and_a_letter_makes_one_for_its_owner_alone()
    {
        (await ListAsync(new DeadLetterQuery(null, 10))).ShouldBeEmpty();
        (await Letters.EndAsync([Run], DeadLetterStatus.Discarded, null, Token)).ShouldBe(0);
        System.IO.File.Exists(File).ShouldBeFalse();

        await Letters.AddAsync([Letter()], Token);

        System.IO.File.GetUnixFileMode(File).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    [Fact]
    public async Task File_that_is_no_database_and_folder_that_is_gone_are_errors_with_a_code()
    {
        System.IO.File.WriteAllText(File, "certainly not a database, and long enough to look at");
        (await Should.ThrowAsync<FlexCoreException>(async () => await Letters.AddAsync([Letter()], Token))).Error.Code.ShouldBe(ErrorCodes.StoreUnusable);

        var nowhere = new SqliteDeadLetters(Path.Combine(_folder, "missing", "deadletters.db"));
        (await Should.ThrowAsync<FlexCoreException>(async () => await nowhere.AddAsync([Letter()], Token))).Error.Code.ShouldBe(ErrorCodes.StoreUnavailable);
    }

    private static DeadLetter Letter(string raw = "{\"id\":1}") => LetterWriter.Letter(Run, raw);

    private async Task<List<Guid>> ListAsync(DeadLetterQuery query) => [.. (await Letters.ListAsync(query, Token)).Select(letter => letter.Id)];
}
