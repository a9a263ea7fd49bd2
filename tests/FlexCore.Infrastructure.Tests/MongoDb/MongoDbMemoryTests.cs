using System.Runtime.InteropServices;
using FlexCore.Domain.Errors;
using FlexCore.Infrastructure.MongoDb;
using static FlexCore.Infrastructure.MongoDb.MongoDbDocument;

namespace FlexCore.Infrastructure.Tests.MongoDb;

/// <summary>The driver's memory, which no collector sees. Not beside other tests, whose memory would be counted with it.</summary>
[Collection(nameof(MongoDbMemoryTests))]
[CollectionDefinition(nameof(MongoDbMemoryTests), DisableParallelization = true)]
public sealed class MongoDbMemoryTests(SharedMongoDb mongo) : IClassFixture<SharedMongoDb>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Thousands_of_operations_leave_nothing_behind()
    {
        await using var client = SharedMongoDb.Connect(mongo.Server.Address, options => options.PoolSize = 4);
        var text = new string('x', 10_000);
        await WorkAsync(0, 300);
        var before = NativeBytes();

        await WorkAsync(300, 2000);

        // One document left behind in each round would be four times as much.
        (NativeBytes() - before).ShouldBeLessThan(5_000_000);

        Task WorkAsync(int first, int rounds) => Parallel.ForEachAsync(Enumerable.Range(first, rounds), new ParallelOptions { MaxDegreeOfParallelism = 4, CancellationToken = Token }, async (number, token) =>
        {
            var collection = $"orders-{number % 10}";
            var document = Parse($$"""{"_id": {{number}}, "text": "{{text}}"}""");
            await client.InsertAsync(collection, document, token);
            await Should.ThrowAsync<FlexCoreException>(async () => await client.InsertAsync(collection, document, token));
            await client.UpdateOneAsync(collection, new MongoDbUpdate(Parse($$"""{"_id": {{number}}}"""), Parse("""{"$set": {"text": "y"}}""")), token);
            await client.FindAndModifyAsync(collection, new MongoDbFindAndModify(Parse($$"""{"_id": {{number}}}"""), document), token);
            (await client.FindAsync(new MongoDbFind(collection) { Limit = 20, BatchSize = 5 }, token).FirstAsync(token)).ToJson(MongoDbJson.Canonical).GetProperty("text").GetString().ShouldBe(text);
            await Should.ThrowAsync<FlexCoreException>(async () => await client.RunCommandAsync(Parse("""{"nothing": 1}"""), mayRepeat: false, token));
            Should.Throw<FormatException>(() => Parse("""{"_id": {"$oid": "x"}}"""));
            if (number >= 50) await client.DeleteManyAsync(collection, Parse($$"""{"_id": {{number}}}"""), token);
        });
    }

    private static long NativeBytes()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        var memory = MemoryInUse();
        return (long)(memory.InUse + memory.Mapped);
    }

    [DllImport("libc", EntryPoint = "mallinfo2")]
    private static extern Malloc MemoryInUse();

    /// <summary>mallinfo(3).</summary>
    [StructLayout(LayoutKind.Sequential)]
    private readonly struct Malloc
    {
        private readonly nuint _arena;
        private readonly nuint _freeChunks;
        private readonly nuint _fastFreeChunks;
        private readonly nuint _mappedRegions;

        public readonly nuint Mapped;

        private readonly nuint _most;
        private readonly nuint _fastFree;

        public readonly nuint InUse;

        private readonly nuint _free;
        private readonly nuint _top;
    }
}
