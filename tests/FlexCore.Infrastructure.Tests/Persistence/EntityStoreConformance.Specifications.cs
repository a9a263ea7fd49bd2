using System.Text;
using FlexCore.Infrastructure.Persistence;
using FsCheck;
using FsCheck.Fluent;

namespace FlexCore.Infrastructure.Tests.Persistence;

/// <content>Specifications: whatever is asked, each store finds what holds in memory.</content>
public abstract partial class EntityStoreConformance
{
    private static readonly string[] Texts = ["", "a", "A", "ab", "abc", "b", "é", "z", "a ", "a%", "_", "[", "'", "\"", "\\", "true", "1", "null", "\uFFEE", "\U0001F600", "\U00010000x"];
    private static readonly double[] Numbers = [0, 1, -1, 2, 10, 9, 1.5, 0.1, -0.25, 1e10, 123456789];

    private static readonly string[] Values =
    [
        "null", "true", "false", "[]", "{}", "[1]", "{\"in\":1}", "{\"in\":\"a\"}", "{\"in\":null}", "{\"in\":{\"in\":true}}", "1.0", "-0", "1e0", "9007199254740993",
        .. Texts.Select(text => $"\"{System.Text.Json.JsonEncodedText.Encode(text)}\""), .. Numbers.Select(number => number.ToString("R")),
    ];

    [Fact]
    public async Task Specifications_find_what_they_hold_of()
    {
        // Each value in one field or the other, beside another one, and documents without any.
        string[] documents = [.. Values.Select((value, index) => $$"""{"f":{{value}},"g-1":{{Values[(index * 7) % Values.Length]}}}"""), "{}", """{"g-1":1}""", """{"F":1}"""];
        var entities = documents.Select((document, index) => Entity.Create(Kind, $"e{index:000}", Encoding.UTF8.GetBytes(document))).ToList();
        await Store.CommitAsync([.. entities.Select(EntityChange.Create)], Token);

        foreach (var specification in Specifications().Sample(400, 12))
        {
            var expected = entities.Where(specification.Holds).Select(entity => entity.Id).ToList();
            (await Store.ListAsync(new EntityQuery(Kind) { Where = specification, Limit = 1000 }, Token)).Entities.Select(entity => entity.Id).ShouldBe(expected);
            (await Store.CountAsync(Kind, specification, Token)).ShouldBe(expected.Count);
        }
    }

    [Fact]
    public async Task Pages_of_a_specification_have_all_that_it_holds_of()
    {
        await Store.CommitAsync([.. Enumerable.Range(0, 50).Select(number => EntityChange.Create(Of($"e{number:00}", $$"""{"n":{{number % 5}}}""")))], Token);
        var query = new EntityQuery(Kind) { Where = Specification.Field("n").Is(3), Limit = 4 };

        var first = await Store.ListAsync(query, Token);
        var second = await Store.ListAsync(query with { After = first.Next }, Token);
        var third = await Store.ListAsync(query with { After = second.Next }, Token);

        first.Entities.Concat(second.Entities).Concat(third.Entities).Select(entity => entity.Id).ShouldBe(Enumerable.Range(0, 10).Select(number => $"e{(number * 5) + 3:00}"));
        third.Next.ShouldBeNull();
    }

    private static Gen<Specification> Specifications() => Gen.Sized(size => Specifications(Math.Min(size, 4)));

    private static Gen<Specification> Specifications(int depth)
    {
        if (depth == 0) return Conditions();
        var parts = Gen.Choose(0, 3).SelectMany(count => Specifications(depth - 1).ListOf(count));
        return Gen.OneOf(
            Conditions(),
            parts.Select(each => Specification.All([.. each])),
            parts.Select(each => Specification.Any([.. each])),
            Specifications(depth - 1).Select(each => each.Negated()));
    }

    private static Gen<Specification> Conditions()
    {
        var fields = Gen.Elements<string[]>(["f"], ["g-1"], ["f", "in"], ["f", "in", "in"], ["none"]).Select(path => Specification.Field(path));
        var (texts, numbers) = (Gen.Elements(Texts), Gen.Elements(Numbers));
        return fields.SelectMany(field => Gen.OneOf(
            Gen.Constant(field.IsNull()),
            Gen.Elements(true, false).Select(field.Is),
            texts.SelectMany(text => Gen.Elements(field.Is(text), field.IsLessThan(text), field.IsAtMost(text), field.IsGreaterThan(text), field.IsAtLeast(text), field.StartsWith(text))),
            numbers.SelectMany(number => Gen.Elements(field.Is(number), field.IsLessThan(number), field.IsAtMost(number), field.IsGreaterThan(number), field.IsAtLeast(number))),
            texts.ListOf(2).Select(some => field.IsOneOf([.. some])),
            numbers.ListOf(2).Select(some => field.IsOneOf([.. some]))));
    }
}
