/** Right uses, and wrong ones that the compiler must refuse. */
import type { Color, Place, Point, Rpc } from "./api";

const { rpc } = window;

export async function right(): Promise<void> {
  const { shop, half } = rpc;
  const sum: number = await shop.add(4, 5);
  const short: number = await shop.add(4);
  const named: number = await shop.add.with({ timeout: 500, kwargs: { a: 1 } });
  const bounded: number = await shop.add.with({ startWithin: 100, signal: new AbortController().signal }, 1, 2);
  const moved: Point = await shop.move({ x: 1 }, "l1", null);
  const order = await shop.order({ customer: "ann", lines: [{ article: "tea", count: 2 }] });
  const article: string | undefined = order.lines[0]?.article;
  const urgent = await shop.order.with({ kwargs: { order, urgent: true } });
  const color: Color = "red";
  const pet = await shop.pet({ type: "Dog", name: "Rex" }, color);
  if (pet.type === "Cat") console.log(pet.lives.toFixed());
  const many: number[] = await shop.many(1, 2, 3);
  const more: Record<string, number> = await shop.named.with({ kwargs: { name: "x", other: 1 } });
  const when: string = await shop.when("2026-01-01", [1, "x"]);
  const list: number[] = await shop.count(3);
  for await (const item of shop.count.stream(3)) console.log(item.toFixed());
  const a: number = await shop.a;
  shop.a = 2;
  shop.place = { x: 2, y: 3 };
  const volume = await shop.volume;
  const stop = await shop.volume.observe((value: number, { offset }: Place) => console.log(value.toFixed(), offset));
  await stop();
  const depth: number = await shop.inner.depth;
  const nothing: null = await shop.nothing();
  const got: Point = await rpc.get("shop.place");
  await rpc.set("shop.a", 3);
  await rpc.delete("shop.place");
  await shop.rpcWebsocket.addChannelHandlers({ volume: (value) => console.log(value) }, true);
  rpc.onerror = (error, path) => console.error(path, error.message);
  const whatever: unknown = await shop.whatever([1, { x: null }]);
  const all: Rpc = await rpc.ready;
  console.log(sum, short, named, bounded, moved, article, urgent, many, more, when, list, a, volume, depth, nothing, got,
    whatever, all, await half(2));
}

export async function wrong(): Promise<void> {
  const { shop } = rpc;
  // @ts-expect-error: a text is no number
  await shop.add("4", 5);
  // @ts-expect-error: an argument is missing
  await shop.add();
  // @ts-expect-error: too many arguments
  await shop.add(1, 2, 3);
  // @ts-expect-error: a field is missing
  await shop.order({ customer: "ann" });
  // @ts-expect-error: a field inside is missing
  await shop.order({ customer: "ann", lines: [{ count: 1 }] });
  // @ts-expect-error: there is no such field
  await shop.move({ x: 1, z: 1 });
  // @ts-expect-error: not one of the two
  await shop.move({ x: 1 }, "l3");
  // @ts-expect-error: there is no such method
  await shop.subtract(1, 2);
  // @ts-expect-error: there is no such object
  await rpc.market.add(1, 2);
  // @ts-expect-error: the result is a number
  const text: string = await shop.add(1, 2);
  // @ts-expect-error: the result has to be awaited
  const sum: number = shop.add(1, 2);
  // @ts-expect-error: null has no members
  (await shop.nothing()).length;
  // @ts-expect-error: a dog has no lives
  await shop.pet({ type: "Dog", lives: 9 });
  // @ts-expect-error: it has arguments without a position
  await shop.named("x");
  // @ts-expect-error: a name is missing
  await shop.named.with({ kwargs: { other: 1 } });
  // @ts-expect-error: by its name it is a number, too
  await shop.add.with({ kwargs: { a: "1" } });
  // @ts-expect-error: it yields numbers
  for await (const item of shop.count.stream(3)) item.trim();
  // @ts-expect-error: it yields nothing
  shop.add.stream(1);
  // @ts-expect-error: an attribute has a type
  shop.a = "2";
  // @ts-expect-error: an attribute has to be awaited
  const value: number = shop.a;
  // @ts-expect-error: it can only be read
  shop.inner.depth = 3;
  // @ts-expect-error: a method cannot be set
  shop.add = async () => 1;
  // @ts-expect-error: it is not tracked
  await shop.a.observe(() => {});
  // @ts-expect-error: there is no such path
  await rpc.get("shop.b");
  // @ts-expect-error: it can only be read
  await rpc.set("shop.inner.depth", 1);
  // @ts-expect-error: it cannot be deleted
  await rpc.delete("shop.a");
  console.log(text, sum, value);
}
