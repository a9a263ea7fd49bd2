using FlexCore.Domain.Errors;

namespace FlexCore.Infrastructure.Tests.Files;

/// <content>A file is there as a whole, or not at all.</content>
public abstract partial class FileStoreConformance<T>
{
    [Theory]
    [InlineData(PartBytes / 2)]
    [InlineData(PartBytes + (PartBytes / 2))]
    public async Task Put_that_is_cut_off_leaves_what_was_there(int after)
    {
        await PutAsync("old", "old");
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(Token);
        foreach (var name in new[] { "old", "new" })
        {
            var failure = new InvalidDataException("the source has failed");
            var failing = new TestContent(Bytes(3 * PartBytes, seed: 1)) { Before = read => read < after ? Task.CompletedTask : Task.FromException(failure) };
            (await Should.ThrowAsync<InvalidDataException>(async () => await Store.PutAsync(name, failing, Token))).ShouldBeSameAs(failure);
            var cancelled = new TestContent(Bytes(3 * PartBytes, seed: 1)) { Before = read => read < after ? Task.CompletedTask : enough.CancelAsync() };
            await Should.ThrowAsync<OperationCanceledException>(async () =>
            {
                await Store.PutAsync(name, cancelled, enough.Token);
            });
        }

        (await TextAsync("old")).ShouldBe("old");
        (await NamesAsync("")).ShouldBe(["old"]);
    }

    [Fact]
    public async Task Who_reads_while_a_file_is_replaced_gets_one_or_the_other_as_a_whole()
    {
        byte[][] contents = [.. Enumerable.Range(1, 3).Select(number => Enumerable.Repeat((byte)number, number * 400_000).ToArray())];
        await Store.PutAsync("a", new MemoryStream(contents[0]), Token);
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var writing = Task.Run(
            async () =>
            {
                for (var round = 1; !enough.IsCancellationRequested; round++) await Store.PutAsync("a", new MemoryStream(contents[round % 3]), Token);
            },
            Token);

        for (var read = 0; read < 60; read++)
        {
            var content = (await ReadAsync(Store, "a")).ShouldNotBeNull();
            content.Length.ShouldBeOneOf([.. contents.Select(one => one.Length)]);
            content.ShouldAllBe(value => value == content[0]);
        }

        await enough.CancelAsync();
        await writing;
    }

    [Fact]
    public async Task Who_has_begun_to_read_goes_on_with_what_there_was()
    {
        var old = Bytes(12 * 1024 * 1024, seed: 3);
        await Store.PutAsync("a", new MemoryStream(old), Token);
        await using var open = (await Store.OpenAsync("a", range: null, Token))!;
        var content = new byte[old.Length];
        await open.Stream.ReadExactlyAsync(content.AsMemory(0, 100), Token);

        await PutAsync("a", "new");
        await open.Stream.ReadExactlyAsync(content.AsMemory(100), Token);

        content.ShouldBe(old);
        (await open.Stream.ReadAsync(new byte[1], Token)).ShouldBe(0);
        (await TextAsync("a")).ShouldBe("new");
    }

    [Fact]
    public async Task Of_two_puts_at_once_one_is_there_as_a_whole()
    {
        byte[][] contents = [Bytes((2 * PartBytes) + 1, seed: 4), Bytes((3 * PartBytes) + 2, seed: 5)];
        using var both = new Barrier(2);
        for (var round = 0; round < 3; round++)
        {
            var puts = contents.Select(content => Task.Run(() => Store.PutAsync("a", new TestContent(content) { Before = read => read == 0 ? Task.Run(() => both.SignalAndWait(Token), Token) : Task.CompletedTask }, Token).AsTask(), Token)).ToList();
            var failures = 0;
            foreach (var put in puts)
            {
                try
                {
                    await put;
                }
                catch (FlexCoreException e)
                {
                    e.Error.Code.ShouldBe(ErrorCodes.SystemConflict);
                    failures++;
                }
            }

            failures.ShouldBeLessThan(2);
            var there = (await ReadAsync(Store, "a")).ShouldNotBeNull();
            contents.Any(content => content.AsSpan().SequenceEqual(there)).ShouldBeTrue();
        }
    }

    [Fact]
    public async Task Of_a_stream_of_200_MB_only_parts_are_in_memory()
    {
        const int Length = 200 * 1024 * 1024;
        const int Most = 64 * 1024 * 1024;
        var (before, most) = (GC.GetTotalMemory(forceFullCollection: true), 0L);
        var content = new LongContent(Length) { Looked = () => most = Math.Max(most, GC.GetTotalMemory(forceFullCollection: true) - before) };

        await Store.PutAsync("long", content, Token);
        (await Store.FindAsync("long", Token))!.Length.ShouldBe(Length);
        await using var open = (await Store.OpenAsync("long", range: null, Token))!;
        var (buffer, length) = (new byte[81920], 0L);
        while (await open.Stream.ReadAsync(buffer, Token) is var read and > 0)
        {
            LongContent.IsPiece(buffer.AsSpan(0, read), length).ShouldBeTrue();
            length += read;
        }

        length.ShouldBe(Length);
        content.Looks.ShouldBeGreaterThan(5);
        most.ShouldBeLessThan(Most);
        await Store.DeleteAsync("long", Token);
    }
}
