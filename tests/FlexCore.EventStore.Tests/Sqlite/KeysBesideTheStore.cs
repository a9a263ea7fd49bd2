using System.Security.Cryptography;
using FlexCore.EventStore.Tests.Erasure;

namespace FlexCore.EventStore.Tests.Sqlite;

/// <summary>The file that has the keys of subjects.</summary>
public sealed class KeysBesideTheStore : StoreFolder
{
    private static readonly byte[] Key = RandomNumberGenerator.GetBytes(32);

    private string KeysPath => StorePath + "-keys";

    [Fact]
    public async Task File_is_made_with_the_first_key_for_its_owner_alone()
    {
        var store = await OpenAsync();
        var personal = store.OpenPersonalData(Key);
        (await personal.RevealAsync(await LogOf(store), Token)).ShouldBeEmpty();
        await Should.ThrowAsync<PersonalDataException>(async () => await personal.EraseAsync("Ada", "asked for it", "operator", cancellationToken: Token));
        File.Exists(KeysPath).ShouldBeFalse();

        await personal.ProtectAsync(Some.Event(), "Ada", Token);

        File.GetUnixFileMode(KeysPath).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    [Fact]
    public async Task No_copy_of_a_destroyed_key_stays_among_many_others()
    {
        var personal = (await OpenAsync()).OpenPersonalData(Key);
        for (var i = 0; i < 300; i++) await personal.ProtectAsync(Some.Event(), $"customer {i}", Token);
        var keys = Read();
        keys.Count.ShouldBe(300);

        for (var i = 0; i < 300; i += 3) await personal.EraseAsync($"customer {i}", "asked for it", "operator", cancellationToken: Token);

        var left = Read();
        left.Count.ShouldBe(200);
        var bytes = await File.ReadAllBytesAsync(KeysPath, Token);
        foreach (var key in keys) (bytes.AsSpan().IndexOf(key) >= 0).ShouldBe(left.Any(other => other.AsSpan().SequenceEqual(key)));
        Directory.GetFiles(Folder, "*-keys-*").ShouldBeEmpty();
    }

    [Fact]
    public async Task Backup_that_is_brought_back_brings_the_data_back_until_erasures_are_done_again()
    {
        var store = await OpenAsync();
        var item = await store.OpenPersonalData(Key).ProtectAsync(Customers.Types.Encode(new CustomerMoved("Ada", "Sesame Street 1")), "Ada", Token);
        await store.AppendAsync(Some.Append("customer-1", item), Token);
        var backup = await File.ReadAllBytesAsync(KeysPath, Token);
        await store.OpenPersonalData(Key).EraseAsync("Ada", "asked for it", "operator", cancellationToken: Token);
        await store.DisposeAsync();
        await File.WriteAllBytesAsync(KeysPath, backup, Token);

        store = await OpenAsync();
        var personal = store.OpenPersonalData(Key);
        Customers.Say(await personal.RevealAsync((await LogOf(store))[0], Token)).ShouldBe("Sesame Street 1");
        (await personal.EraseAgainAsync(Token)).ShouldBe(1);
        Customers.Say(await personal.RevealAsync((await LogOf(store))[0], Token)).ShouldBe("(erased)");
        (await personal.EraseAgainAsync(Token)).ShouldBe(0);
        (await store.GetLastPositionAsync(Token)).ShouldBe(2);
    }

    [Fact]
    public async Task File_that_is_no_database_is_refused()
    {
        var personal = (await OpenAsync()).OpenPersonalData(Key);
        await File.WriteAllTextAsync(KeysPath, new string('x', 5000), Token);

        (await Should.ThrowAsync<EventStoreUnavailableException>(async () => await personal.ProtectAsync(Some.Event(), "Ada", Token))).Code.ShouldBe(EventStoreUnavailableException.NotUsable);
    }

    private List<byte[]> Read()
    {
        using var session = EventStore.Sqlite.SqliteSession.Open(KeysPath, create: false);
        using var query = session.Query("SELECT wrapped FROM subject_keys WHERE wrapped IS NOT NULL");
        var keys = new List<byte[]>();
        while (query.Step()) keys.Add(query.Bytes(0).ToArray());
        return keys;
    }
}
