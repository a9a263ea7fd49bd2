using System.Globalization;
using FlexCore.Application.Ports;
using FlexCore.Domain.DeadLetters;
using FlexCore.Domain.Errors;
using FlexCore.Infrastructure.DeadLetters;
using FlexCore.Testing;

namespace FlexCore.Infrastructure.Tests.DeadLetters;

/// <summary>What happens to dead letters when processes are killed and disks fail: those that were acknowledged are there, and the error has a code.</summary>
public sealed class DeadLetterFaultTests : IAsyncLifetime
{
    private static readonly Guid Run = Guid.CreateVersion7();
    private readonly DataFolder _data = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string LettersFile => Path.Combine(_data.Path, "letters", "deadletters.db");

    private SqliteDeadLetters Letters => new(LettersFile);

    // The store of a data directory is what loads SQLite.
    public async ValueTask InitializeAsync()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(LettersFile)!);
        await (await _data.OpenAsync()).DisposeAsync();
    }

    public ValueTask DisposeAsync()
    {
        _data.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Processes_that_write_at_once_lose_nothing_even_when_one_is_killed()
    {
        var (killed, finished) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        using var victim = LetterWriter.Start(_data.Path, killed, 100_000);
        using var other = LetterWriter.Start(_data.Path, finished, 100);
        var acknowledged = 0;
        while (acknowledged < 50) acknowledged = int.Parse((await victim.StandardOutput.ReadLineAsync(Token))!, CultureInfo.InvariantCulture);

        victim.Kill();
        await victim.WaitForExitAsync(Token);
        await other.StandardOutput.ReadToEndAsync(Token);
        await other.WaitForExitAsync(Token);

        await using var module = await _data.OpenAsync();
        var left = await module.DeadLetters.ListAsync(new DeadLetterQuery(null, int.MaxValue, RunId: killed), Token);
        left.Count.ShouldBeGreaterThanOrEqualTo(2 * acknowledged);
        (left.Count % 2).ShouldBe(0, "the two of one call are kept together or not at all");
        (await module.DeadLetters.ListAsync(new DeadLetterQuery(null, int.MaxValue, RunId: finished), Token)).Count.ShouldBe(200);
        await module.DeadLetters.AddAsync([Letter()], Token);
    }

    [Fact]
    public async Task Full_disk_is_FX3004_and_letters_are_kept_again_once_there_is_space()
    {
        await using var disk = await SmallDisk.Mount(Path.GetDirectoryName(LettersFile)!);
        var ballast = Path.Combine(Path.GetDirectoryName(LettersFile)!, "ballast");
        await File.WriteAllBytesAsync(ballast, new byte[512 * 1024], Token);
        var acknowledged = 0;
        async Task FillAsync()
        {
            for (; ; acknowledged++) await Letters.AddAsync([Letter(new string('x', 20_000))], Token);
        }

        var full = await Should.ThrowAsync<FlexCoreException>(FillAsync);
        full.Error.Code.ShouldBe(ErrorCodes.DiskFull, full.ToString());

        acknowledged.ShouldBeGreaterThan(0);
        File.Delete(ballast);
        (await ListAsync()).Count.ShouldBe(acknowledged);
        await Letters.AddAsync([Letter()], Token);
        (await ListAsync()).Count.ShouldBe(acknowledged + 1);
    }

    [Fact]
    public async Task Disk_that_is_full_before_the_first_letter_leaves_nothing_that_cannot_be_listed()
    {
        await using var disk = await SmallDisk.Mount(Path.GetDirectoryName(LettersFile)!);
        var ballast = Path.Combine(Path.GetDirectoryName(LettersFile)!, "ballast");
        await File.WriteAllBytesAsync(ballast, new byte[1024 * 1024], Token);

        (await Should.ThrowAsync<FlexCoreException>(async () => await Letters.AddAsync([Letter()], Token))).Error.Code.ShouldBe(ErrorCodes.DiskFull);

        File.Delete(ballast);
        (await ListAsync()).ShouldBeEmpty();
        (await Letters.EndAsync([Run], DeadLetterStatus.Discarded, null, Token)).ShouldBe(0);
        await Letters.AddAsync([Letter()], Token);
        (await ListAsync()).Count.ShouldBe(1);
    }

    [Fact]
    public async Task Read_only_folder_is_FX3003_with_and_without_letters_in_it()
    {
        await using var disk = await SmallDisk.Mount(Path.GetDirectoryName(LettersFile)!);
        await disk.MakeReadOnly();
        (await ListAsync()).ShouldBeEmpty();
        (await Should.ThrowAsync<FlexCoreException>(async () => await Letters.AddAsync([Letter()], Token))).Error.Code.ShouldBe(ErrorCodes.StoreUnavailable);

        await disk.MakeWritable();
        var kept = Letter();
        await Letters.AddAsync([kept], Token);
        await disk.MakeReadOnly();

        (await Should.ThrowAsync<FlexCoreException>(async () => await Letters.AddAsync([Letter()], Token))).Error.Code.ShouldBe(ErrorCodes.StoreUnavailable);
        (await Should.ThrowAsync<FlexCoreException>(async () => await Letters.EndAsync([kept.Id], DeadLetterStatus.Discarded, null, Token))).Error.Code.ShouldBe(ErrorCodes.StoreUnavailable);
        await disk.MakeWritable();
        (await ListAsync()).ShouldHaveSingleItem().Status.ShouldBe(DeadLetterStatus.Open);
    }

    [Theory]
    [InlineData(100, 4096)]
    [InlineData(4096, int.MaxValue)]
    public async Task Damaged_file_is_FX3006_and_names_the_file(int from, int length)
    {
        await Letters.AddAsync([.. Enumerable.Range(0, 100).Select(_ => Letter())], Token);
        await using (var file = File.OpenWrite(LettersFile))
        {
            file.Position = from;
            file.Write(Enumerable.Repeat((byte)0xA5, (int)Math.Min(length, file.Length - from)).ToArray());
        }

        var error = (await Should.ThrowAsync<FlexCoreException>(async () => await ListAsync())).Error;

        error.Code.ShouldBe(ErrorCodes.StoreUnusable);
        error.Message.ShouldContain(LettersFile);
    }

    [Fact]
    public async Task Large_content_that_is_discarded_is_gone_from_every_file_although_others_read_meanwhile()
    {
        var secret = Letter(string.Concat(Enumerable.Repeat("a very private thing ", 3000)));
        await Letters.AddAsync([Letter(), secret, Letter()], Token);
        using var ended = new CancellationTokenSource();
        var reading = Task.Run(async () =>
        {
            while (!ended.IsCancellationRequested) (await Letters.FindAsync(secret.Id, CancellationToken.None)).ShouldNotBeNull();
        }, Token);

        (await Letters.EndAsync([secret.Id], DeadLetterStatus.Discarded, null, Token)).ShouldBe(1);

        await ended.CancelAsync();
        await reading;
        Directory.GetFiles(Path.GetDirectoryName(LettersFile)!).ShouldAllBe(file => !File.ReadAllText(file).Contains("private"));
        (await Letters.FindAsync(secret.Id, Token))!.Raw.IsEmpty.ShouldBeTrue();
    }

    private static DeadLetter Letter(string raw = "{\"id\":1}") => LetterWriter.Letter(Run, raw);

    private ValueTask<IReadOnlyList<DeadLetter>> ListAsync() => Letters.ListAsync(new DeadLetterQuery(null, int.MaxValue), Token);
}
