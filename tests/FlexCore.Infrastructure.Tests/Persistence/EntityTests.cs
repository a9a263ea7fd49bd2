using System.Text;
using FlexCore.Domain.Errors;
using FlexCore.Infrastructure.Persistence;

namespace FlexCore.Infrastructure.Tests.Persistence;

/// <summary>What an entity may be, wherever it is kept.</summary>
public sealed class EntityTests
{
    public static TheoryData<string> Broken =>
    [
        "", "{", "[]", "1", "{} ", "{}x", "{'a':1}", "{\"a\":1,\"a\":1}", "{\"a\":NaN}", "{\"a\":1e400}", "{\"a\":-1e400}", "{\"a\":1e-400}", $"{{\"a\":{new string('1', 101)}}}", "{\"a\":\"\\u0000\"}", "{\"\\u0000\":1}",
        "{\"a\":\"\\udc00\"}", "{\"\\ud800\":1}", "{/**/}", "{\"a\":1,}", "\uFEFF{}", string.Concat(Enumerable.Repeat("{\"a\":", 64)) + "{}" + new string('}', 64), string.Concat(Enumerable.Repeat("[", 10_000)),
        $"{{\"a\":\"{new string('x', Entity.LargestDocument)}\"}}", $"{{\"a\":1{new string(' ', 5 * Entity.LargestDocument)}}}",
    ];

    [Fact]
    public void Same_document_has_the_same_version_however_it_is_written() =>
        new[] { """{"a":"é/","b":[1.0]}""", """ { "a" : "\u00e9\/", "b":[ 1.0 ] }""" }.Select(document => Of(document).Version).Distinct(StringComparer.Ordinal).ShouldHaveSingleItem().Length.ShouldBe(32);

    [Fact]
    public void Other_document_has_another_version() =>
        new[] { """{"a":1,"b":2}""", """{"b":2,"a":1}""", """{"a":1.0,"b":2}""", """{"a":1}""", """{"a":"1"}""", """{"a":null}""", "{}" }.Select(document => Of(document).Version).Distinct(StringComparer.Ordinal).Count().ShouldBe(7);

    [Theory]
    [MemberData(nameof(Broken), DisableDiscoveryEnumeration = true)]
    public void What_not_every_store_could_keep_is_refused_by_all(string document)
    {
        // It is the blank at the end that must not matter.
        if (document == "{} ")
        {
            Of(document).Document.Length.ShouldBe(2);
            return;
        }

        var error = Should.Throw<FlexCoreException>(() => Of(document)).Errors.ShouldHaveSingleItem();
        error.Code.ShouldBe(ErrorCodes.InvalidValue);
        error.Message.ShouldStartWith("connection/shop: the document ");
        error.Message.Length.ShouldBeLessThan(400);
    }

    [Theory]
    [InlineData("", "a")]
    [InlineData("A", "a")]
    [InlineData("1a", "a")]
    [InlineData("a/b", "a")]
    [InlineData("~intents", "a")]
    [InlineData("a\n", "a")]
    [InlineData("a", "")]
    [InlineData("a", ".")]
    [InlineData("a", "..")]
    [InlineData("a", "a/b")]
    [InlineData("a", "A")]
    [InlineData("a", "é")]
    [InlineData("a", "a\n")]
    [InlineData("a", "a\0")]
    public void Names_are_such_as_can_be_files_everywhere(string kind, string id)
    {
        Should.Throw<FlexCoreException>(() => Entity.Create(kind, id, "{}"u8.ToArray())).Error.Code.ShouldBe(ErrorCodes.InvalidName);
        Should.Throw<FlexCoreException>(() => EntityChange.Delete(kind, id, "v")).Error.Code.ShouldBe(ErrorCodes.InvalidName);
        Should.Throw<FlexCoreException>(() => Entity.Create(new string('a', 64), "a", "{}"u8.ToArray())).Error.Code.ShouldBe(ErrorCodes.InvalidName);
        Should.Throw<FlexCoreException>(() => Entity.Create("a", new string('a', 128), "{}"u8.ToArray())).Error.Code.ShouldBe(ErrorCodes.InvalidName);
    }

    [Fact]
    public void Specification_that_databases_could_not_answer_is_refused()
    {
        foreach (var path in new[] { [], [""], ["a.b"], ["0"], ["a'"], ["a\""], ["é"], Enumerable.Repeat("a", 9).ToArray() }) Refused(() => Specification.Field(path));
        Refused(() => Specification.Field("a").Is("\0"));
        Refused(() => Specification.Field("a").StartsWith("\ud800"));
        Refused(() => Specification.Field("a").IsLessThan(double.NaN));
        Refused(() => Specification.Any([.. Enumerable.Range(0, 501).Select(number => Specification.Field("a").Is(number))]));
        Refused(() => Enumerable.Range(0, 40).Aggregate(Specification.Everything, (inner, _) => inner.Negated()));

        static void Refused(Func<object> make) => Should.Throw<FlexCoreException>(() => make()).Error.Code.ShouldBe(ErrorCodes.InvalidValue);
    }

    [Fact]
    public async Task Unit_of_work_with_an_entity_twice_or_too_many_of_them_is_refused()
    {
        using var folder = new DataFolder();
        var store = new JsonFolderStore(folder.Path, TimeProvider.System);

        await Should.ThrowAsync<ArgumentException>(async () => await store.CommitAsync([EntityChange.Create(Of("{}")), EntityChange.Delete("connection", "shop", "v")], TestContext.Current.CancellationToken));
        await Should.ThrowAsync<ArgumentException>(async () => await store.CommitAsync([.. Enumerable.Range(0, 1001).Select(number => EntityChange.Delete("connection", $"{number}", "v"))], TestContext.Current.CancellationToken));
        foreach (var limit in new[] { 0, -1, 1001 }) (await Should.ThrowAsync<FlexCoreException>(async () => await store.ListAsync(new EntityQuery("connection") { Limit = limit }, TestContext.Current.CancellationToken))).Error.Code.ShouldBe(ErrorCodes.InvalidValue);
    }

    private static Entity Of(string document) => Entity.Create("connection", "shop", Encoding.UTF8.GetBytes(document));
}
