using FlexCore.Application.Ports;
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
