using System.Security.Cryptography;
using System.Text;
using FlexCore.EventStore.Tests.Erasure;

namespace FlexCore.EventStore.Tests.Conformance;

public abstract partial class PersonalDataConformance<TPlace>
{
    [Fact]
    public async Task Unknown_subject_cannot_be_erased_and_nothing_is_recorded()
    {
        var store = await OpenAsync();
        var personal = store.OpenPersonalData(Key);
        (await RefusalAsync(() => personal.EraseAsync(Ada, "asked for it", "operator", cancellationToken: Token))).ShouldBe(PersonalDataException.SubjectUnknown);

        await MoveAsync(store, personal, Ada, "Sesame Street 1");
        (await RefusalAsync(() => personal.EraseAsync(Ada.ToUpperInvariant(), "asked for it", "operator", cancellationToken: Token))).ShouldBe(PersonalDataException.SubjectUnknown);

        (await SayAsync(store, personal)).ShouldBe(["Sesame Street 1"]);
        (await store.GetLastPositionAsync(Token)).ShouldBe(1);
    }

    [Fact]
    public async Task Other_master_key_neither_reads_nor_writes_nor_erases()
    {
        var store = await OpenAsync();
        var personal = store.OpenPersonalData(Key);
        await MoveAsync(store, personal, Ada, "Sesame Street 1");
        var wrong = store.OpenPersonalData(RandomNumberGenerator.GetBytes(32));

        (await RefusalAsync(() => wrong.ProtectAsync(Moved("Zoe", "Elm Street 2"), Zoe, Token))).ShouldBe(PersonalDataException.OtherMasterKey);
        (await RefusalAsync(async () => await SayAsync(store, wrong))).ShouldBe(PersonalDataException.OtherMasterKey);
        (await RefusalAsync(() => wrong.EraseAsync(Ada, "asked for it", "operator", cancellationToken: Token))).ShouldBe(PersonalDataException.OtherMasterKey);
        (await RefusalAsync(async () => await wrong.EraseAgainAsync(Token))).ShouldBe(PersonalDataException.OtherMasterKey);

        (await SayAsync(store, personal)).ShouldBe(["Sesame Street 1"]);
        Should.Throw<ArgumentException>(() => store.OpenPersonalData(new byte[31]));
    }

    [Fact]
    public async Task Data_that_are_not_what_was_written_are_refused()
    {
        var store = await OpenAsync();
        var personal = store.OpenPersonalData(Key);
        var item = await personal.ProtectAsync(Moved("Ada", "Sesame Street 1"), Ada, Token);
        await store.AppendAsync(Some.Append("customer-1", item), Token);
        var good = (await LogOf(store))[0];
        var text = Encoding.UTF8.GetString(good.Data.Span);
        var middle = text.IndexOf("\"data\":\"", StringComparison.Ordinal) + 30;
        string[] changed =
        [
            $"{text[..middle]}{(text[middle] == 'A' ? 'B' : 'A')}{text[(middle + 1)..]}",
            text.Replace("\"data\":\"", "\"data\":\"!", StringComparison.Ordinal),
            text.Replace("\"$protected\":1", "\"$protected\":2", StringComparison.Ordinal),
            """{"$protected":1}""",
            """{"$protected":"1"}""",
            """{"$protected":""",
        ];

        foreach (var data in changed) (await RefusalAsync(async () => await personal.RevealAsync(good with { Data = Encoding.UTF8.GetBytes(data) }, Token))).ShouldBe(PersonalDataException.Damaged, data);
        (await RefusalAsync(async () => await personal.RevealAsync(good with { Id = Guid.CreateVersion7() }, Token))).ShouldBe(PersonalDataException.Damaged);
        (await RefusalAsync(async () => await personal.RevealAsync(good with { Type = "CustomerLeft" }, Token))).ShouldBe(PersonalDataException.Damaged);
        Customers.Say(await personal.RevealAsync(good, Token)).ShouldBe("Sesame Street 1");
    }

    [Fact]
    public async Task Key_that_is_lost_is_not_taken_for_one_that_was_destroyed()
    {
        var (store, source) = (await OpenAsync(), new TPlace());
        await using var _ = source;
        await using (var other = await source.OpenAsync(TimeProvider.System))
        {
            await MoveAsync(other, other.OpenPersonalData(Key), Ada, "Sesame Street 1");
            await store.ImportAsync((await LogOf(other)).ToAsyncEnumerable(), Token);
        }

        (await RefusalAsync(async () => await SayAsync(store, store.OpenPersonalData(Key)))).ShouldBe(PersonalDataException.KeyMissing);
    }

    [Fact]
    public async Task Erasures_of_a_log_that_was_taken_over_are_done_again_and_then_known()
    {
        var (store, source) = (await OpenAsync(), new TPlace());
        await using var _ = source;
        await using (var other = await source.OpenAsync(TimeProvider.System))
        {
            var there = other.OpenPersonalData(Key);
            await MoveAsync(other, there, Ada, "Sesame Street 1");
            await there.EraseAsync(Ada, "asked for it", "operator", cancellationToken: Token);
            await store.ImportAsync((await LogOf(other)).ToAsyncEnumerable(), Token);
        }

        var personal = store.OpenPersonalData(Key);
        (await personal.EraseAgainAsync(Token)).ShouldBe(0);
        (await SayAsync(store, personal)).ShouldBe(["(erased)"]);
        (await personal.EraseAsync(Ada, "again", "operator", cancellationToken: Token)).KeysDestroyed.ShouldBe(0);
        (await store.GetLastPositionAsync(Token)).ShouldBe(2);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(201)]
    public async Task Subject_is_a_text_of_1_to_200_characters(int length) =>
        await Should.ThrowAsync<ArgumentException>(async () => await (await OpenAsync()).OpenPersonalData(Key).ProtectAsync(Some.Event(), new string('x', length), Token));

    [Fact]
    public async Task Subject_of_half_a_character_is_refused() =>
        await Should.ThrowAsync<ArgumentException>(async () => await (await OpenAsync()).OpenPersonalData(Key).ProtectAsync(Some.Event(), "\ud800", Token));

    private static async Task<string> RefusalAsync<T>(Func<ValueTask<T>> work) => (await Should.ThrowAsync<PersonalDataException>(async () => await work())).Code;
}
