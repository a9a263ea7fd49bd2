using FlexCore.Domain.Errors;

namespace FlexCore.Infrastructure.Tests.Files;

/// <summary>What stores do that are elsewhere, and can go away.</summary>
public abstract class RemoteFileStoreConformance<T>(T backEnd) : FileStoreConformance<T>(backEnd)
    where T : class, IRemoteFileBackEnd
{
    [Fact]
    public async Task Put_in_whose_middle_the_server_goes_away_leaves_what_was_there()
    {
        await PutAsync("a", "old");
        await using var impatient = Open(options => options.Retry.Attempts = 1);
        var content = new TestContent(Bytes(3 * PartBytes, seed: 6)) { Before = StopAfter(PartBytes + 1_000_000) };

        (await Should.ThrowAsync<FlexCoreException>(async () => await impatient.PutAsync("a", content, Token))).Error.Code.ShouldBeOneOf(ErrorCodes.SystemUnreachable, ErrorCodes.SystemTimedOut);
        (await Should.ThrowAsync<FlexCoreException>(async () => await impatient.CheckHealthAsync(Token))).Error.Code.ShouldBeOneOf(ErrorCodes.SystemUnreachable, ErrorCodes.SystemTimedOut);

        await BackEnd.StartAgainAsync();
        (await TextAsync("a")).ShouldBe("old");
        (await NamesAsync("")).ShouldBe(["a"]);
        await PutAsync("a", "new");
        (await TextAsync("a")).ShouldBe("new");
    }

    [Fact]
    public async Task Put_goes_on_when_the_server_is_back()
    {
        var whole = Bytes(3 * PartBytes, seed: 7);
        Task? back = null;
        await using var patient = Open(options => (options.Retry.Attempts, options.Retry.Delay, options.Breaker.MinimumThroughput) = (100, TimeSpan.FromMilliseconds(200), 1000));
        var content = new TestContent(whole)
        {
            Before = async read =>
            {
                if (read <= PartBytes + 1_000_000 || back is not null) return;
                await BackEnd.StopAsync();
                back = Task.Run(BackEnd.StartAgainAsync, Token);
            },
        };

        await patient.PutAsync("a", content, Token);

        await back.ShouldNotBeNull();
        (await ReadAsync(patient, "a")).ShouldBe(whole);
    }

    [Fact]
    public async Task Reading_in_whose_middle_the_server_goes_away_fails_and_does_not_merely_end()
    {
        await Store.PutAsync("a", new MemoryStream(Bytes(64 * 1024 * 1024, seed: 8)), Token);
        await using var open = (await Store.OpenAsync("a", range: null, Token))!;
        await open.Stream.ReadExactlyAsync(new byte[1000], Token);
        var stopping = BackEnd.StopAsync();

        var failure = await Should.ThrowAsync<FlexCoreException>(async () =>
        {
            await open.Stream.CopyToAsync(Stream.Null, Token);
            await stopping;
        });

        failure.Error.Code.ShouldBeOneOf(ErrorCodes.SystemUnreachable, ErrorCodes.SystemTimedOut);
        await stopping;
        await BackEnd.StartAgainAsync();
    }

    [Fact]
    public async Task Place_that_is_not_there_is_an_error_and_no_file_that_is_not_there()
    {
        await using var misplaced = Open(BackEnd.Misplace);

        foreach (var ask in new Func<Task>[] { () => misplaced.PutAsync("a", Stream.Null, Token).AsTask(), () => misplaced.OpenAsync("a", range: null, Token).AsTask(), () => misplaced.ListAsync("", Token).CountAsync(Token).AsTask(), () => misplaced.CheckHealthAsync(Token).AsTask() })
        {
            (await Should.ThrowAsync<FlexCoreException>(ask)).Error.Code.ShouldBe(ErrorCodes.SystemRequestRefused);
        }
    }

    [Fact]
    public async Task Who_is_not_known_there_is_told_so()
    {
        await using var denied = Open(BackEnd.Deny);

        foreach (var ask in new Func<Task>[] { () => denied.PutAsync("a", Stream.Null, Token).AsTask(), () => denied.FindAsync("a", Token).AsTask(), () => denied.ListAsync("", Token).CountAsync(Token).AsTask(), () => denied.CheckHealthAsync(Token).AsTask() })
        {
            (await Should.ThrowAsync<FlexCoreException>(ask)).Error.Code.ShouldBe(ErrorCodes.SystemAccessRefused);
        }
    }

    private Func<int, Task> StopAfter(int bytes)
    {
        var isDone = false;
        return read =>
        {
            if (isDone || read <= bytes) return Task.CompletedTask;
            isDone = true;
            return BackEnd.StopAsync();
        };
    }
}
