// @ts-check
/** Right uses of the module, and wrong ones that the compiler must refuse. */
import objects, { half, shop } from "./api.js";

export async function right() {
  /** @type {number} */
  const sum = await shop.add(4, 5);
  const order = await shop.order({ customer: "ann", lines: [{ article: "tea" }] });
  console.log(sum, order.lines[0]?.article.length, await half(2), await shop.inner.deep());
  for await (const item of shop.count.stream(3)) console.log(item.toFixed());
  shop.a = 2;
  console.log((await shop.a).toFixed(), (await objects.shop.place).x);
  await shop.volume.observe((value) => console.log(value.toFixed()));
  await shop.delete_place();
}

export async function wrong() {
  // @ts-expect-error: a text is no number
  await shop.add("4", 5);
  // @ts-expect-error: a field is missing
  await shop.order({ customer: "ann" });
  // @ts-expect-error: there is no such method
  await shop.subtract(1, 2);
  // @ts-expect-error: the result is a number
  (await shop.add(1, 2)).trim();
  // @ts-expect-error: an attribute has a type
  shop.a = "2";
  // @ts-expect-error: it can only be read
  shop.inner.depth = 3;
}
